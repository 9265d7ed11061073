package bench_test

import (
	"context"
	"os"
	"path/filepath"
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
	report, err := bench.Run(t.Context(), bench.Options{Phases: []string{bench.Overview}, Crowd: crowd.Size{Mailboxes: 60, Links: 18000}, Start: noEmulators(t)})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Looks) < 5 {
		t.Fatalf("looks = %+v", report.Looks)
	}
	table := bench.Table(report)
	for _, look := range report.Looks {
		if look.MS <= 0 || look.Mailboxes != 60 || look.Links != 18000 || look.Times == 0 || !strings.Contains(table, "| "+look.Name+" | ") {
			t.Errorf("look = %+v in\n%s", look, table)
		}
	}
}

// The pages are measured apart from the synchronisation; neither run takes the figures of the other away.
func TestFiguresOfAnotherRunAreKept(t *testing.T) {
	t.Parallel()
	docs := t.TempDir()
	path := filepath.Join(docs, "performance.md")
	if err := os.WriteFile(path, []byte("before\n<!-- figures: written by raynetsync bench -->\n<!-- end of figures -->\nafter\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	phases := func(name string) bench.Report {
		return bench.Report{Phases: []bench.Phase{{Name: name}}, Slopes: &bench.Slopes{Sizes: []int{1, 2}}}
	}
	looks := func(name string) bench.Report { return bench.Report{Looks: []bench.Look{{Name: name, Times: 1}}} }
	for _, step := range []struct {
		report          bench.Report
		wants, wantsNot string
	}{
		{phases("initial"), "| initial |", "| first page |"},
		{looks("first page"), "| initial |", "| later page |"},
		{looks("later page"), "| later page |", "| first page |"},
		{phases("second"), "| later page |", "| initial |"},
		{phases("idle"), "Slopes of", "| second |"},
	} {
		if err := bench.Write(step.report, docs); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), step.wants) || strings.Contains(string(text), step.wantsNot) || !strings.HasSuffix(string(text), "after\n") {
			t.Errorf("%v, want %q and not %q in\n%s", err, step.wants, step.wantsNot, text)
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
