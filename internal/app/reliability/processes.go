package reliability

import (
	"context"
	"fmt"
	"os"
	"strings"

	"raynetsync/internal/app/simulator/processes"
)

// kills lets real processes of this program be killed.
func kills(ctx context.Context, options Options, tell func(string)) (Outcome, error) {
	binary, err := os.Executable()
	if err != nil {
		return Outcome{}, fmt.Errorf("find this program: %w", err)
	}
	report, err := processes.Run(ctx, processes.Options{Binary: binary, Kills: options.Kills, Seed: options.Seed, Two: true, For: options.For}, tell)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{Report: report, Table: processesTable(report), Bad: len(report.Violations) > 0}, nil
}

// processesTable shows a report to people.
func processesTable(r processes.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d kills, %d times frozen and overtaken, %d faults of the network, %d edits of people, %d requests in %.0f s, %d violations\n",
		r.Kills, r.Stops, r.Faults, r.Operations, r.Requests, r.Seconds, len(r.Violations))
	b.WriteString("things looked at:")
	for _, checker := range processes.Checkers() {
		fmt.Fprintf(&b, " %s %d", checker, r.Checked[checker])
	}
	b.WriteString("\n")
	for _, violation := range r.Violations {
		fmt.Fprintf(&b, "%s\n", violation)
	}
	if len(r.Violations) > 0 {
		fmt.Fprintf(&b, "  %s\n", strings.Join(r.Trace, "\n  "))
	}
	return b.String()
}
