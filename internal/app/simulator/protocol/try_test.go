package protocol_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"raynetsync/internal/app/simulator/protocol"
)

func TestTry(t *testing.T) {
	d, err := strconv.Atoi(os.Getenv("D"))
	if err != nil {
		t.Skip()
	}
	p, _ := strconv.Atoi(os.Getenv("P"))
	var names []string
	if s := os.Getenv("S"); s != "" {
		names = strings.Split(s, ",")
	}
	r, err := protocol.Run(t.Context(), protocol.Options{Depth: d, Points: p, Scenarios: names, Workers: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Scenarios {
		t.Logf("%-50s all %d lived %d crashes %d res %d held %d blind %d", s.Name, s.All, s.Histories, s.Crashes, s.Residue, s.Held, s.Blind)
	}
	t.Logf("%v %+v", r.Duration, r.Total)
	for _, v := range r.Violations {
		t.Errorf("%s %v\n%s\n   %s", v.Scenario, v.Deviations, strings.Join(v.What, "\n"), strings.Join(v.Trace, "\n   "))
	}
}
