package protocol_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/app/simulator/protocol"
	"raynetsync/internal/engine/apply"
)

// Whatever goes wrong, and whatever people do meanwhile: at the end there is one counterpart, nothing that a person deleted is
// back, and every value that a person wrote is there or in the journal. And what is to show that was really tried.
func TestEveryHistory(t *testing.T) {
	report, err := protocol.Run(t.Context(), protocol.Options{Depth: depth, Points: points}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range report.Violations {
		t.Errorf("%s, deviations %v\n%s\n  %s", v.Scenario, v.Deviations, strings.Join(v.What, "\n"), strings.Join(v.Trace, "\n  "))
	}
	if !report.Complete || report.Total.Histories != report.Total.All || report.Total.Covered != 1 {
		t.Errorf("lived %d of %d histories: complete %t", report.Total.Histories, report.Total.All, report.Complete)
	}
	for _, s := range report.Scenarios {
		t.Logf("%-50s %6d histories, %5d crashes, %4d residue, %3d held, %4d blind", s.Name, s.Histories, s.Crashes, s.Residue, s.Held, s.Blind)
		if s.Histories < 40 {
			t.Errorf("%s: only %d histories: the scenario asks for nothing", s.Name, s.Histories)
		}
	}
	t.Logf("%d histories in %.1f s, %d faults, %d crashes", report.Total.Histories, report.Seconds, report.Total.Faults, report.Total.Crashes)
	checkExercised(t, report)
	checkProbes(t, report)
}

// checkExercised fails where an invariant was looked at in less than a tenth of the histories to which it applies: it is unknown there
// rather than held.
func checkExercised(t *testing.T, report protocol.Report) {
	applies := map[string]string{"I3b": "the database was lost", "I5": ": deleted in RAYNET"}
	for _, name := range protocol.Checkers() {
		histories, checked := 0, 0
		for _, s := range report.Scenarios {
			if strings.Contains(s.Name, applies[name]) {
				histories += s.Histories
				checked += s.Checked[name]
			}
		}
		if checked == 0 || 10*checked < histories {
			t.Errorf("%s was exercised in %d of %d histories", name, checked, histories)
		}
	}
}

// checkProbes fails where a branch of the protocol or a row of the failure table was hardly met.
func checkProbes(t *testing.T, report protocol.Report) {
	least := 20
	if depth == 1 {
		least = 0 // several branches need two deviations
	}
	beyond := map[string]string{"bytes-erased": "nothing turns private here and nobody is anonymised"}
	// Two creates must be open, and the service fall silent between two questions about them: one scenario has two at once.
	seldom := "left-for-later"
	names := slices.Clone(apply.Probes())
	for _, row := range protocol.Rows() {
		names = append(names, row.Name)
		for _, probe := range row.Probes {
			if !slices.Contains(apply.Probes(), probe) {
				t.Errorf("%s leads to the probe %q, which does not exist", row.Name, probe)
			}
		}
	}
	for _, name := range names {
		n := report.Total.Probes[name]
		t.Logf("%-26s %d", name, n)
		switch reason, is := beyond[name]; {
		case is && n > 0:
			t.Errorf("%s was met, although %s", name, reason)
		case name == seldom && n < min(least, 1), name != seldom && !is && n < least:
			t.Errorf("%s was met %d times, want more", name, n)
		}
	}
	for name := range report.Total.Probes {
		if !slices.Contains(names, name) {
			t.Errorf("%q was met, and no table knows it", name)
		}
	}
}

// Each rule of the protocol that is left out is noticed, by the invariant that it is there for, and with few deviations.
func TestChecksCanFail(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		broken, scenario string
		depth            int
		want             string
	}{
		{"forgetful", "calendar: create in Outlook", 1, "I2b"},
		{"careless", "calendar: update in RAYNET", 1, "I2b"},
		{"blind repeat", "contacts: create in Outlook", 1, "I3"}, // of tasks a person is asked about the second one
		{"blind repeat", "contacts: create in RAYNET by two calls", 1, "I3"},
		{"unmarked", "tasks: the database was lost", 1, "I3b"},
		{"hasty", "contacts: create in Outlook", 2, "I3"},
		{"rash", "calendar: update in RAYNET", 1, "I5"},
		{"rash", "tasks: update in Outlook", 1, "I5"},
		{"amnesic", "calendar: create in Outlook", 2, "I4"},
		{"deaf", "calendar: update in Outlook", 1, "I1"},
		{"careless", "calendar: clash", 1, "I2"},
	} {
		t.Run(test.broken+", "+test.scenario, func(t *testing.T) {
			t.Parallel()
			options := protocol.Options{Scenarios: []string{test.scenario}, Depth: test.depth, Points: 40, Workers: 1}
			report, err := protocol.RunBroken(t.Context(), options, test.broken)
			if err != nil {
				t.Fatal(err)
			}
			found := slices.ContainsFunc(report.Violations, func(v protocol.Violation) bool {
				return slices.ContainsFunc(v.What, func(what string) bool { return strings.HasPrefix(what, test.want+":") })
			})
			if !found {
				t.Errorf("found %+v, want a violation of %s", report.Violations, test.want)
			}
		})
	}
	if wrong := protocol.Idle("subject"); len(wrong) != 1 || !strings.HasPrefix(wrong[0], "I9:") {
		t.Errorf("a write of what is there already: %v, want a violation of I9", wrong)
	}
	if wrong := protocol.Idle("another subject"); len(wrong) != 0 {
		t.Errorf("an ordinary write: %v", wrong)
	}
}

// A violation is told with the fewest deviations that lead to it, and how it came about.
func TestViolationsAreSmall(t *testing.T) {
	t.Parallel()
	report, err := protocol.RunBroken(t.Context(), protocol.Options{Scenarios: []string{"contacts: create in Outlook"}, Depth: 3, Points: 20}, "blind repeat")
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Violations) == 0 || report.Complete {
		t.Fatalf("%d violations, complete %t", len(report.Violations), report.Complete)
	}
	first := report.Violations[0]
	if len(first.Deviations) != 1 || len(first.Trace) == 0 || len(first.What) == 0 {
		t.Errorf("first violation %+v, want one deviation and its trace", first)
	}
}

// The shards together live every history once, and a shard is always the same.
func TestShardsAreEverything(t *testing.T) {
	t.Parallel()
	options := protocol.Options{Scenarios: []string{"calendar: deleted in Outlook"}, Depth: 2, Points: 20}
	live := func(shard, shards int) protocol.Report {
		options.Shard, options.Shards = shard, shards
		report, err := protocol.Run(t.Context(), options, nil)
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	whole, sum, covered := live(0, 1), 0, 0.0
	for shard := range 3 {
		part := live(shard, 3)
		if again := live(shard, 3); again.Total.Histories != part.Total.Histories || again.Total.Faults != part.Total.Faults {
			t.Errorf("shard %d is not always the same", shard)
		}
		if !part.Complete || part.Total.All != whole.Total.All {
			t.Errorf("shard %d: complete %t, %d histories in all, want %d", shard, part.Complete, part.Total.All, whole.Total.All)
		}
		sum += part.Total.Histories
		covered += part.Total.Covered
	}
	if sum != whole.Total.Histories || sum != whole.Total.All || covered < 0.999 || covered > 1.001 {
		t.Errorf("three shards lived %d histories, %.3f of all; together there are %d", sum, covered, whole.Total.Histories)
	}
}

// Histories are drawn, each with all its deviations, until the time is up. Those of two are among those that are lived elsewhere.
func TestSamples(t *testing.T) {
	t.Parallel()
	report, err := protocol.Run(t.Context(), protocol.Options{Depth: 2, Points: points, Sample: 7, For: 2 * time.Second}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if report.Total.Histories < 50 || report.Complete || report.Total.Faults == 0 {
		t.Errorf("drew %d histories with %d faults, complete %t", report.Total.Histories, report.Total.Faults, report.Complete)
	}
	for _, v := range report.Violations {
		t.Errorf("%s, deviations %v\n%s\n  %s", v.Scenario, v.Deviations, strings.Join(v.What, "\n"), strings.Join(v.Trace, "\n  "))
	}
}

// A run that has no time counts what it lived and does not call itself complete.
func TestTimeIsUp(t *testing.T) {
	t.Parallel()
	report, err := protocol.Run(t.Context(), protocol.Options{Depth: 3, Points: 40, For: 200 * time.Millisecond}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if report.Complete || report.Total.Covered >= 1 {
		t.Errorf("complete %t, covered %f", report.Complete, report.Total.Covered)
	}
}

// Options that choose nothing are refused, and names may be cut short.
func TestOptions(t *testing.T) {
	t.Parallel()
	for _, options := range []protocol.Options{
		{Scenarios: []string{"no such scenario"}}, {Shard: 2, Shards: 2}, {Depth: -1}, {Workers: -1},
	} {
		if _, err := protocol.Run(t.Context(), options, nil); err == nil {
			t.Errorf("%+v was taken", options)
		}
	}
	var told []string
	report, err := protocol.Run(t.Context(), protocol.Options{Scenarios: []string{"tasks: "}, Depth: 1, Points: 3}, func(text string) { told = append(told, text) })
	if err != nil || len(report.Scenarios) < 8 || len(told) != 2 {
		t.Errorf("%d scenarios, told %q, error %v", len(report.Scenarios), told, err)
	}
	text, err := json.Marshal(report)
	if err != nil || !strings.Contains(string(text), `"histories":`) || strings.Contains(string(text), `"Histories"`) {
		t.Errorf("the report reads %s: %v", text, err)
	}
}
