//go:build race

package crossing_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// checks is how many random histories each test lives where the race detector makes each one ten times as slow, unless more are asked
// for; "make test" runs both.
const checks = "15"

func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := flag.Set("rapid.checks", checks); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}
