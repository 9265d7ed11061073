package admin_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/admin"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/jobs"
	"raynetsync/internal/locale"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
)

// overview looks, and makes sure that no service was asked and that every sentence has its words.
func (o *office) overview(options admin.OverviewOptions) admin.Overview {
	o.t.Helper()
	before := o.out.Load()
	seen, err := o.Overview(o.t.Context(), options)
	o.must(err)
	if after := o.out.Load(); after != before {
		o.t.Errorf("looking made %d requests", after-before)
	}
	for _, lang := range []string{"cs", "en"} {
		texts := locale.New(lang)
		for _, f := range seen.Verdict {
			text := texts.T("overview."+f.Code, f.Args)
			if f.Count > 0 {
				text = texts.N("overview."+f.Code, f.Count, f.Args)
			}
			repair := f.Severity == admin.SeverityBad || f.Severity == admin.SeverityWarn
			if strings.HasPrefix(text, "overview.") || strings.Contains(text, "no value") || repair != texts.Has("overview.repair."+f.Code) {
				o.t.Errorf("%s: %s says %q, and it has a repair: %v", lang, f.Code, text, !repair)
			}
		}
	}
	return seen
}

// verdict lists the codes of an overview with their counts.
func verdict(o admin.Overview) []string {
	var out []string
	for _, f := range o.Verdict {
		out = append(out, strings.TrimSuffix(fmt.Sprintf("%s %s %d", f.Severity, f.Code, f.Count), " 0"))
	}
	return out
}

// serve has somebody hold the server's lease.
func (o *office) serve() *office {
	o.t.Helper()
	_, err := o.Store.Acquire(o.t.Context(), admin.ServerLease("default"), "server", 1000*time.Hour)
	o.must(err)
	return o
}

func (o *office) pairsOf() []journal.Pair {
	o.t.Helper()
	pairs, err := o.Store.Pairs(o.t.Context(), "default")
	o.must(err)
	slices.SortFunc(pairs, func(x, y journal.Pair) int { return strings.Compare(x.Address, y.Address) })
	return pairs
}

func (o *office) commit(facts ...journal.Fact) {
	o.t.Helper()
	o.must(o.Store.Commit(o.t.Context(), journal.Fence{}, facts...))
}

func TestTheVerdictSaysWhatIsNotWell(t *testing.T) {
	t.Parallel()
	stop := func(o *office, which int, state journal.PairState, reason string) {
		o.commit(journal.PutPairState{Pair: o.pairsOf()[which].ID, State: state, Reason: reason})
	}
	work := func(o *office, why journal.Why, n int) {
		for i := range n {
			o.commit(journal.PutWork{Work: journal.Work{Pair: o.pairsOf()[0].ID, Ref: remote.Ref{Side: "raynet", Type: "meeting", ID: fmt.Sprint(i, why)},
				Why: why, Reason: "invalid", RetryAt: o.Clock().Add(time.Hour)}})
		}
	}
	tests := []struct {
		name string
		do   func(o *office)
		want []string
	}{
		{"all is well", func(*office) {}, []string{"good all-well 3"}},
		{"a paused user is no trouble", func(o *office) { stop(o, 0, journal.PairPaused, "by-admin") }, []string{"good all-well 2", "note paused 1"}},
		{"the worst comes first", func(o *office) {
			work(o, journal.WhyReview, 2)
			work(o, journal.WhyParked, 1)
			stop(o, 0, journal.PairHalted, "too-many-removals")
			stop(o, 1, journal.PairRefused, "mailbox-missing")
		}, []string{"bad halted 1", "bad mailboxes-refused 1", "warn review 2", "warn parked 1"}},
		{"nothing read for long", func(o *office) { o.advance(3 * time.Minute) }, []string{"bad no-progress"}},
		{"mailboxes not read for long", func(o *office) {
			o.advance(time.Hour)
			_, err := o.Connection.Poll(o.t.Context(), false)
			o.must(err)
		}, []string{"warn late 3"}},
		{"the login to RAYNET was refused", func(o *office) {
			o.must(o.LoginRefused(o.t.Context(), &remote.Error{Kind: remote.Unauthorized, Side: "raynet", Status: 401}))
		}, []string{"bad refused-raynet"}},
		{"the login to Microsoft was refused", func(o *office) {
			o.must(o.LoginRefused(o.t.Context(), &remote.Error{Kind: remote.Unauthorized, Side: "outlook", Status: 401, Code: "AADSTS7000215"}))
		}, []string{"bad refused-microsoft"}},
		{"the secret ends soon", func(o *office) { o.Settings.SecretExpires = o.Clock().AddDate(0, 0, 14).Add(time.Minute) }, []string{"warn secret-expiring 14"}},
		{"the secret ends late", func(o *office) { o.Settings.SecretExpires = o.Clock().AddDate(0, 0, 61).Add(time.Minute) }, []string{"good all-well 3"}},
		{"the secret has ended", func(o *office) { o.Settings.SecretExpires = o.Clock().Add(-time.Minute) }, []string{"bad secret-ended"}},
		{"RAYNET's day is spent", func(o *office) { o.Settings.ReservePercent = 100 }, []string{"warn budget-spent"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, 3).enrol().serve()
			o.sync(true)
			test.do(o)
			got := verdict(o.overview(admin.OverviewOptions{}))
			for i := range got { // how many requests are left says the emulator
				if rest, ok := strings.CutPrefix(got[i], "warn budget-spent "); ok && rest != "" {
					got[i] = "warn budget-spent"
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestTheVerdictOfABeginning(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	if diff := cmp.Diff([]string{"warn nobody-yet"}, verdict(o.overview(admin.OverviewOptions{}))); diff != "" {
		t.Errorf("before anybody was enrolled (-want +got)\n%s", diff)
	}
	o.enrol()
	if diff := cmp.Diff([]string{"warn no-server"}, verdict(o.overview(admin.OverviewOptions{}))); diff != "" {
		t.Errorf("without a server (-want +got)\n%s", diff)
	}
	o.serve()
	seen := o.overview(admin.OverviewOptions{})
	if diff := cmp.Diff([]string{"warn never-read"}, verdict(seen)); diff != "" {
		t.Errorf("before the first reading (-want +got)\n%s", diff)
	}
	if seen.Users[0].Lag != -1 || !seen.Users[0].Changed.IsZero() || seen.Secret.Known || seen.Server != "server" {
		t.Errorf("overview = %+v", seen)
	}
}

func TestOneLinePerUser(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 3).enrol().serve()
	o.meeting("Porada", 2)
	o.sync(true)
	o.advance(10 * time.Minute)
	o.commit(journal.PutPairState{Pair: o.pairsOf()[2].ID, State: journal.PairHalted, Reason: "too-many-removals"})
	seen := o.overview(admin.OverviewOptions{})
	if len(seen.Users) != 3 || seen.Next != "" || seen.Linked["calendar"] != 1 || seen.States[journal.PairRunning] != 2 || seen.States[journal.PairHalted] != 1 {
		t.Fatalf("overview = %+v", seen)
	}
	if u := seen.Users[0]; u.User != "u0@sample.example" || u.Linked != 1 || u.Lag < 600 || u.Lag > 660 || u.Changed.IsZero() || len(u.Kinds) != 1 {
		t.Errorf("the user with a meeting: %+v", u)
	}
	if u := seen.Users[1]; u.Linked != 0 || !u.Changed.IsZero() {
		t.Errorf("the user without: %+v", u)
	}
	if u := seen.Users[2]; u.State != journal.PairHalted || u.Kinds[0].Reason != "too-many-removals" {
		t.Errorf("the user who is halted: %+v", u)
	}
	if seen.Raynet == nil || seen.Raynet.Limit == 0 || seen.Poll.IsZero() || seen.Sweep.IsZero() {
		t.Errorf("what all share: %+v", seen)
	}
}

func TestUsersAreFoundAndPaged(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 3).enrol().serve()
	o.sync(true)
	o.commit(journal.PutWork{Work: journal.Work{Pair: o.pairsOf()[1].ID, Ref: remote.Ref{Side: "raynet", Type: "meeting", ID: "1"}, Why: journal.WhyReview, Reason: "several"}})
	tests := []struct {
		name    string
		options admin.OverviewOptions
		want    []string
		more    bool
	}{
		{"everybody", admin.OverviewOptions{}, []string{"u0", "u1", "u2"}, false},
		{"a page", admin.OverviewOptions{Limit: 2}, []string{"u0", "u1"}, true},
		{"a full last page", admin.OverviewOptions{Limit: 3}, []string{"u0", "u1", "u2"}, false},
		{"after an address", admin.OverviewOptions{After: "u0@sample.example/~"}, []string{"u1", "u2"}, false},
		{"a part of the address", admin.OverviewOptions{Search: " U2@Sample"}, []string{"u2"}, false},
		{"a wildcard is a letter", admin.OverviewOptions{Search: "u_"}, nil, false},
		{"another wildcard", admin.OverviewOptions{Search: "%"}, nil, false},
		{"our own escape", admin.OverviewOptions{Search: "!"}, nil, false},
		{"trouble", admin.OverviewOptions{Only: admin.OnlyTrouble}, []string{"u1"}, false},
		{"trouble of another", admin.OverviewOptions{Only: admin.OnlyTrouble, Search: "u2"}, nil, false},
	}
	for _, test := range tests {
		seen := o.overview(test.options)
		var got []string
		for _, user := range seen.Users {
			got = append(got, strings.TrimSuffix(user.User, "@sample.example"))
		}
		if diff := cmp.Diff(test.want, got); diff != "" || test.more != (seen.Next != "") {
			t.Errorf("%s: next %q (-want +got)\n%s", test.name, seen.Next, diff)
		}
	}
	first := o.overview(admin.OverviewOptions{Limit: 2})
	second := o.overview(admin.OverviewOptions{Limit: 2, After: first.Next})
	if len(second.Users) != 1 || second.Users[0].User != "u2@sample.example" || second.Next != "" {
		t.Errorf("the second page: %+v", second.Users)
	}
	o.advance(2 * time.Hour)
	if late := o.overview(admin.OverviewOptions{Only: admin.OnlyTrouble}); len(late.Users) != 3 {
		t.Errorf("%d users in trouble after two hours without a cycle, want 3", len(late.Users))
	}
}

func TestTheChartHasWhatWasCounted(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1).enrol()
	add := func(hours int, name string, n, total, most int64) {
		o.must(o.Store.AddSamples(t.Context(), []store.Sample{{At: o.Clock().Add(-time.Duration(hours) * time.Hour), Name: name, N: n, Total: total, Most: most}}))
	}
	add(0, "default/"+jobs.ToOutlook, 3, 0, 0)
	add(0, "default/"+jobs.ToOutlook, 2, 0, 0)
	add(0, "default/"+jobs.Delay, 2, 5000, 4000)
	add(0, "other/"+jobs.ToOutlook, 100, 0, 0)
	add(23, "default/"+jobs.GraphThrottled, 4, 0, 0)
	add(24, "default/"+jobs.GraphRequests, 50, 0, 0)
	add(3, "default/"+jobs.GraphRequests, 7, 0, 0)
	add(150, "default/"+jobs.ToRaynet, 9, 0, 0)
	seen := o.overview(admin.OverviewOptions{})
	if len(seen.Day) != 24 || len(seen.Week) != 28 {
		t.Fatalf("%d and %d points", len(seen.Day), len(seen.Week))
	}
	want := admin.Point{At: o.Clock().Truncate(time.Hour), ToOutlook: 5, Delay: 2.5, Longest: 4, Timed: 2}
	if diff := cmp.Diff(want, seen.Day[23]); diff != "" {
		t.Errorf("the last hour (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(admin.GraphStatus{Requests: 7, Throttled: 4}, seen.Graph); diff != "" {
		t.Errorf("the last 24 hours of Graph (-want +got)\n%s", diff)
	}
	sum := 0
	for _, p := range seen.Week {
		sum += p.ToRaynet + p.ToOutlook + p.Graph
	}
	if sum != 9+5+57 {
		t.Errorf("the week has %d, want %d", sum, 9+5+57)
	}
}

// What is carried is counted by side, and timed if a person saved it after the mailbox was first read.
func TestWhatIsCarriedIsTimed(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1).enrol()
	o.Connection.Meter = &jobs.Meter{Prefix: "default/", Keep: func(ctx context.Context, at time.Time, figures []jobs.Figure) error {
		var samples []store.Sample
		for _, f := range figures {
			samples = append(samples, store.Sample{At: at, Name: f.Name, N: f.N, Total: f.Total, Most: f.Most})
		}
		return o.Store.AddSamples(ctx, samples)
	}}
	id := o.meeting("Porada", 2)
	o.advance(5 * time.Minute)
	o.sync(true)
	last := func() admin.Point {
		o.must(o.NoteFigures(t.Context()))
		seen := o.overview(admin.OverviewOptions{})
		return seen.Day[23]
	}
	if p := last(); p.ToOutlook != 1 || p.ToRaynet != 0 || p.Timed != 0 {
		t.Errorf("after the first synchronisation: %+v", p)
	}
	o.advance(time.Minute)
	o.editOutlook(o.copyOf("Porada"), "subject", "Porada vedení")
	o.advance(90 * time.Second) // and sync lets a minute pass
	o.sync(false)
	if p := last(); p.ToOutlook != 1 || p.ToRaynet != 1 || p.Timed != 1 || p.Delay < 150 || p.Delay > 152 || p.Longest != p.Delay {
		t.Errorf("after an edit in Outlook: %+v", p)
	}
	o.advance(time.Minute)
	o.editRaynet(id, "title", "Porada firmy")
	o.advance(5 * time.Minute)
	o.sync(false)
	if p := last(); p.ToOutlook != 2 || p.Timed != 2 || p.Longest < 360 || p.Longest > 422 {
		t.Errorf("after an edit in RAYNET, which tells the minute: %+v", p)
	}
}

// A process that asks nothing knows the budget that another one was told.
func TestTheBudgetIsRemembered(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1).enrol()
	o.sync(true)
	o.must(o.NoteFigures(t.Context()))
	told := o.overview(admin.OverviewOptions{}).Raynet
	other := *o.Admin
	fresh := newOffice(t, 1)
	other.Raynet = fresh.Raynet // of a process that has just begun
	seen, err := other.Overview(t.Context(), admin.OverviewOptions{})
	o.must(err)
	if diff := cmp.Diff(told, seen.Raynet); diff != "" || told == nil {
		t.Errorf("budget (-told +remembered)\n%s", diff)
	}
}
