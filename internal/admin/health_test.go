package admin_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/admin"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/jobs"
	"raynetsync/internal/locale"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

func (o *office) health() admin.Health {
	o.t.Helper()
	before := o.out.Load()
	h, err := o.Health(o.t.Context())
	o.must(err)
	if o.out.Load() != before {
		o.t.Error("a service was asked")
	}
	return h
}

func TestHealthOfTheConnections(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		side   record.Side
		status int
		want   remote.ErrorKind
	}{
		{"good", record.Raynet, 200, ""},
		{"a record that is not there", record.Outlook, 404, ""},
		{"a record that RAYNET refuses", record.Raynet, 500, ""},
		{"Graph is broken", record.Outlook, 500, remote.Unavailable},
		{"RAYNET is away", record.Raynet, 503, remote.Unavailable},
		{"no answer", record.Raynet, 0, remote.Unavailable},
		{"asked to wait", record.Outlook, 429, remote.Throttled},
		{"a refused login", record.Raynet, 401, remote.Unauthorized},
		{"a missing right", record.Outlook, 403, remote.Forbidden},
	}
	for _, test := range tests {
		o := newOffice(t, 1)
		o.Witness = &admin.Witness{}
		first := o.Clock()
		o.Witness.Answer(test.side, 200, first)
		o.advance(time.Minute)
		o.Witness.Answer(test.side, test.status, o.Clock())
		o.must(o.NoteFigures(t.Context()))
		o.Witness = nil // of a process that has just begun
		for _, side := range o.health().Sides {
			if side.Side != test.side {
				if !side.Good.IsZero() || side.Failing {
					t.Errorf("%s: the other side: %+v", test.name, side)
				}
				continue
			}
			wantGood := o.Clock()
			if test.want != "" {
				wantGood = first
			}
			if side.Kind != test.want || side.Failing != (test.want != "") || !side.Good.Equal(wantGood) || side.URL == "" && side.Side == record.Raynet {
				t.Errorf("%s: %+v", test.name, side)
			}
			if texts := locale.New("cs"); side.Failing && (!texts.Has("error."+string(side.Kind)) || !texts.Has("reason-change."+string(side.Kind))) {
				t.Errorf("%s: no words for %s", test.name, side.Kind)
			}
		}
	}
}

func TestHealthTellsOfARefusedLogin(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	o.must(o.LoginRefused(t.Context(), &remote.Error{Kind: remote.Unauthorized, Side: record.Raynet, Status: 401}))
	sides := o.health().Sides
	if sides[0].Login == nil || sides[1].Login != nil {
		t.Fatalf("sides = %+v", sides)
	}
	if key := "check." + sides[0].Login.ID + "." + sides[0].Login.Code + ".repair"; !locale.New("en").Has(key) {
		t.Errorf("there is no text %s", key)
	}
}

func TestHealthOfJobs(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	o.Witness = &admin.Witness{}
	began := o.Clock()
	o.Witness.Job("cycle", nil, began)
	o.Witness.Job("poll", errors.New("the disk is full"), began)
	o.must(o.NoteFigures(t.Context()))
	o.advance(time.Minute)
	o.Witness.Job("cycle", &remote.Error{Kind: remote.Unavailable, Side: record.Outlook, Doing: "read"}, o.Clock())
	o.Witness.Job("poll", nil, o.Clock())
	h := o.health()
	want := []admin.JobHealth{
		{Kind: "poll", Ended: o.Clock(), Failed: began, Error: "the disk is full"},
		{Kind: "cycle", Ended: began, Failed: o.Clock(), ErrorKind: remote.Unavailable, Failing: true},
	}
	for i := range h.Jobs {
		if h.Jobs[i].Kind == "cycle" && h.Jobs[i].Error != "" {
			h.Jobs[i].Error = ""
		}
	}
	if diff := cmp.Diff(want, h.Jobs); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, lang := range []string{"cs", "en"} {
		for _, kind := range jobs.Kinds() {
			if !locale.New(lang).Has("health.job-" + kind) {
				t.Errorf("%s has no words for the job %s", lang, kind)
			}
		}
	}
}

func TestHealthTellsTheNewestErrors(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2).enrol().serve()
	o.sync(true)
	o.commit(journal.PutWork{Work: journal.Work{Pair: o.pairsOf()[0].ID, Ref: remote.Ref{Side: "raynet", Type: "meeting", ID: "7"}, Why: journal.WhyParked,
		Reason: "invalid", Detail: "Title is too long", RetryAt: o.Clock()}})
	o.advance(time.Minute)
	o.commit(journal.PutPairState{Pair: o.pairsOf()[1].ID, State: journal.PairHalted, Reason: "too-many-removals", Detail: "60 of 100"})
	h := o.health()
	var got []string
	for _, e := range h.Errors {
		got = append(got, e.User+" "+e.Reason+" "+e.Ref+" "+e.Detail)
	}
	want := []string{"u1@sample.example too-many-removals  60 of 100", "u0@sample.example invalid raynet:meeting/7 Title is too long"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(h.Leases) != 1 || h.Leases[0].What != "server" || h.Database.Bytes == 0 || h.Database.Full {
		t.Errorf("leases %+v, database %+v", h.Leases, h.Database)
	}
	if !locale.New("cs").Has("health.lease-"+h.Leases[0].What) || h.Running != 0 || h.Waiting != 0 {
		t.Errorf("health = %+v", h)
	}
}
