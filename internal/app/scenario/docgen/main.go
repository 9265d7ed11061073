// Command docgen writes docs/semantics.md from the stories. It knows nothing of what is in it; start reading at
// scenario.Semantics. Run it with go generate.
package main

import (
	"fmt"
	"os"

	"raynetsync/internal/app/scenario"
)

func main() {
	stories, err := scenario.Read("testdata")
	if err == nil {
		err = os.WriteFile("../../../docs/semantics.md", []byte(scenario.Semantics(stories)), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
