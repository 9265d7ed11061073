package reliability

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"raynetsync/internal/app/simulator/protocol"
)

// writes lives histories of the write protocol.
func writes(ctx context.Context, options Options, tell func(string)) (Outcome, error) {
	plan := protocol.Options{Depth: options.Depth, For: options.For, Workers: options.Workers}
	if options.Scenario != "" {
		if !slices.ContainsFunc(protocol.Scenarios(), func(name string) bool { return strings.HasPrefix(name, options.Scenario) }) {
			return Outcome{}, fmt.Errorf("%w %q: there are %s", ErrScenario, options.Scenario, strings.Join(protocol.Scenarios(), ", "))
		}
		plan.Scenarios = []string{options.Scenario}
	}
	if options.Shard != "" {
		if _, err := fmt.Sscanf(options.Shard, "%d/%d", &plan.Shard, &plan.Shards); err != nil || plan.Shard < 1 || plan.Shard > plan.Shards {
			return Outcome{}, fmt.Errorf("%w %q: write 3/8 for the third of eight parts", ErrShard, options.Shard)
		}
		plan.Shard--
	}
	if options.Sample {
		if options.For == 0 {
			return Outcome{}, fmt.Errorf("%w: histories drawn at random need a time, --for", ErrShard)
		}
		plan.Sample = max(options.Seed, 1)
	}
	report, err := protocol.Run(ctx, plan, tell)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{Report: report, Table: protocolTable(report), Bad: len(report.Violations) > 0}, nil
}

// protocolTable shows a report to people.
func protocolTable(r protocol.Report) string {
	var b strings.Builder
	t := r.Total
	fmt.Fprintf(&b, "depth %d: %d histories in %.0f s, %d violations, %.1f %% covered\n", r.Depth, t.Histories, r.Seconds, len(r.Violations), 100*t.Covered)
	fmt.Fprintf(&b, "things that went wrong %d, crashes %d, histories with a copy held for a person %d, with a blind window %d, with residue %d\n",
		t.Faults, t.Crashes, t.Held, t.Blind, t.Residue)
	for _, s := range r.Scenarios {
		fmt.Fprintf(&b, "  %-55s %8d histories %6.1f %%\n", s.Name, s.Histories, 100*s.Covered)
	}
	for _, v := range r.Violations {
		fmt.Fprintf(&b, "%s %v: %s\n  %s\n", v.Scenario, v.Deviations, strings.Join(v.What, "; "), strings.Join(v.Trace, "\n  "))
	}
	return b.String()
}
