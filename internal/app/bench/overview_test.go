package bench_test

import (
	"context"
	"strings"
	"testing"

	"raynetsync/internal/app/bench"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/store/crowd"
)

// noEmulators fails whoever starts any.
func noEmulators(t testing.TB) func(context.Context, bench.Size) (emulation.Info, func() error, error) {
	return func(context.Context, bench.Size) (emulation.Info, func() error, error) {
		t.Error("emulators were started for a phase that asks no service")
		return emulation.Info{}, nil, context.Canceled
	}
}

func TestOverviewIsMeasured(t *testing.T) {
	t.Parallel()
	report, err := bench.Run(t.Context(), bench.Options{Phases: []string{bench.Overview}, Crowd: crowd.Size{Mailboxes: 220, Links: 6600}, Start: noEmulators(t)})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Looks) < 5 {
		t.Fatalf("looks = %+v", report.Looks)
	}
	table := bench.Table(report)
	for _, look := range report.Looks {
		if look.MS <= 0 || look.Mailboxes != 220 || look.Links != 6600 || look.Times == 0 || !strings.Contains(table, "| "+look.Name+" | ") {
			t.Errorf("look = %+v in\n%s", look, table)
		}
	}
}

// BenchmarkOverview looks at the pages of 2,000 mailboxes with 2,000,000 links.
//
//	go test -run '^$' -bench Overview -benchtime 1x ./internal/app/bench
func BenchmarkOverview(b *testing.B) {
	report, err := bench.Run(b.Context(), bench.Options{Phases: []string{bench.Overview}, Start: noEmulators(b),
		Tell: func(doing string) { b.Log(doing) }})
	if err != nil {
		b.Fatal(err)
	}
	for _, look := range report.Looks {
		b.ReportMetric(look.MS, "ms/"+strings.NewReplacer(" ", "-", ",", "").Replace(look.Name))
	}
}
