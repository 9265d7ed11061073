// Command docgen writes docs/configuration.md from the table of keys in package config. It knows nothing else; run it by
// "make generate".
package main

import (
	"flag"
	"log"
	"os"

	"raynetsync/internal/config"
)

func main() {
	out := flag.String("out", "", "file to write")
	flag.Parse()
	if err := os.WriteFile(*out, []byte(config.Reference()), 0o644); err != nil {
		log.Fatal(err)
	}
}
