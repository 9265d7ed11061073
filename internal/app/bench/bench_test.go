package bench_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"raynetsync/internal/app/bench"
	"raynetsync/internal/app/company"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/record"
	"raynetsync/internal/store/crowd"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// inProcess serves the emulators beside the test, as "emulate --measure" does in a process of its own.
func inProcess(ctx context.Context, size bench.Size) (emulation.Info, func() error, error) {
	world, err := emulation.New(emulation.Options{Seed: size.Seed, Mailboxes: size.Mailboxes, Items: size.Items, Latency: size.Latency,
		Kinds: []company.Kind{company.Kind(size.Kind)}, Plain: true, GraphRequestsPerMailbox: -1})
	if err != nil {
		return emulation.Info{}, nil, err
	}
	running, err := world.Serve(context.WithoutCancel(ctx), emulation.ServeOptions{})
	if err != nil {
		return emulation.Info{}, nil, err
	}
	return running.Info, running.Close, nil
}

func TestPhasesCountWhatWasDone(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		if _, err := bench.Run(t.Context(), bench.Options{Start: inProcess}); err == nil {
			t.Error("measured on a system that tells nothing")
		}
		return
	}
	report, err := bench.Run(t.Context(), bench.Options{Start: inProcess, Size: bench.Size{Mailboxes: 2, Items: 10}, Slope: []int{20, 60}, IdleCycles: 3,
		Crowd: crowd.Size{Mailboxes: 60, Links: 18000}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bench.Phase{}
	for _, phase := range report.Phases {
		got[phase.Name] = phase
	}
	if p := got[bench.Initial]; p.Items != 20 || p.Stored != 20 || p.GraphPerItem < 1 || p.CPUS <= 0 || p.Fsyncs == 0 {
		t.Errorf("initial = %+v, want 20 created events, a Graph request or more for each, and what it cost", p)
	}
	if p := got[bench.Idle]; p.Items != 0 || p.Requests.Raynet != int64(p.Cycles) || p.Requests.Graph != int64(2*p.Cycles) {
		t.Errorf("idle = %+v, want per cycle one request to RAYNET and one per calendar", p)
	}
	if p := got[bench.Changed]; p.Items != 4 {
		t.Errorf("changed = %+v, want an edit in each service for each of two mailboxes", p)
	}
	if s := report.Slopes; s == nil || math.Abs(s.Requests) > 1e-9 {
		t.Errorf("slopes = %+v, want the same requests at every size", s)
	}
	checkKinds(t, report, got)

	docs := t.TempDir()
	document := filepath.Join(docs, "performance.md")
	if err := bench.Write(report, docs); err == nil {
		t.Error("Write made a document of its own")
	}
	for _, content := range []string{"no place", "before\n<!-- figures: written by raynetsync bench -->\nold\n<!-- end of figures -->\nafter\n"} {
		if err := os.WriteFile(document, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		err = bench.Write(report, docs)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	shorter := bytes.Replace(text, []byte("| initial | 20 |"), []byte("| initial |"), 1) // the new table is a little longer than the old one
	if err := errors.Join(os.WriteFile(document, shorter, 0o600), bench.Write(report, docs)); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(document); err != nil || !bytes.Equal(again, text) {
		t.Errorf("written again:\n%s\nwant\n%s\nerror %v", again, text, err)
	}
	for _, want := range []string{"before\n", "| initial | 20 |", "| contacts-changed | 60 |", "20 to 60 linked tasks", "\nafter\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the document lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "old") {
		t.Error("the old figures are still there")
	}
}

// checkKinds looks at the phases of contacts and tasks: 20 and then 60 of them in ten mailboxes, so that one is edited.
func checkKinds(t *testing.T, report bench.Report, got map[string]bench.Phase) {
	t.Helper()
	for _, kind := range []record.Kind{record.Contacts, record.Tasks} {
		if p := got[string(kind)+"-initial"]; p.Items != 60 || p.Stored != 60 || p.GraphPerItem < 1 {
			t.Errorf("%s: initial = %+v, want 60 created and a Graph request or more for each", kind, p)
		}
		if p := got[string(kind)+"-idle"]; p.Items != 0 || p.Cycles != 3 || p.Requests.Raynet != 3 || p.Requests.Graph != 30 {
			t.Errorf("%s: idle = %+v, want per cycle one request to RAYNET and one per mailbox", kind, p)
		}
		if s := report.KindSlopes[kind]; len(s.Sizes) != 2 || math.Abs(s.Requests) > 1e-9 {
			t.Errorf("%s: slopes = %+v, want the same requests at both sizes", kind, s)
		}
	}
	for _, name := range []string{"contacts-changed", "contacts-changed-job", "contacts-changed-tag", "tasks-changed"} {
		if p := got[name]; p.Items != 1 || p.Requests.Raynet < 2 || p.Requests.Graph != 11 {
			t.Errorf("%s = %+v, want one record written on both sides, and ten folders asked", name, p)
		}
	}
}

func TestUnknownPhase(t *testing.T) {
	t.Parallel()
	if _, err := bench.Run(t.Context(), bench.Options{Start: inProcess, Phases: []string{"inital"}}); err == nil || !strings.Contains(err.Error(), "initial") {
		t.Errorf("error = %v, want the phases named", err)
	}
}
