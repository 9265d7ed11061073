package simulator

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote/chaos"
)

// noFence is how administrators commit.
var noFence = journal.Fence{}

// release lets a halted pair go on, as an administrator would after a look.
func release(pair int64) journal.Fact {
	return journal.PutPairState{Pair: pair, State: journal.PairRunning}
}

// troubles lists what goes wrong at the services: a few requests of one of them.
func troubles() []verb {
	var out []verb
	for _, kind := range []struct {
		effect chaos.Effect
		weight int
		words  string
	}{
		{chaos.EffectStatus, 3, "answers with an error"}, {chaos.EffectDropRequest, 3, "never gets a request"},
		{chaos.EffectLoseAnswer, 6, "answers, and nobody hears it"}, {chaos.EffectLateCommit, 3, "does it later than anybody waits"},
		{chaos.EffectTruncate, 2, "answers half"},
	} {
		for _, service := range []string{"RAYNET", "Graph"} {
			out = append(out, upset(service+" "+kind.words, kind.weight, func(w *world) { w.fault(service, kind.effect) }))
		}
	}
	return append(out, upset("Graph finds nothing for a moment", 2, (*world).overlook))
}

// overlook makes Graph answer a few requests, of all or for single things, with a 404 that says nothing (G-77).
func (w *world) overlook() {
	fault := chaos.Fault{Name: fmt.Sprintf("f%d", w.stats.Faults), Effect: chaos.EffectStatus, Status: http.StatusNotFound,
		Method: pick(w.rng, "GET", "GET", "PATCH", ""), Times: 1 + w.rng.IntN(3), Every: 1 + w.rng.IntN(2)}
	if w.rng.IntN(3) > 0 {
		single := map[record.Kind]string{record.Calendar: "/events/", record.Contacts: "/contacts/", record.Tasks: "/tasks/"}
		fault.PathContains = single[pick(w.rng, w.kinds...)]
	}
	w.outlook.Layer().Set(fault)
}

// deceits lists what services do and deny. They are drawn by nobody: saved histories bring them about.
func deceits() []verb {
	deny := func(layer *chaos.Layer, w *world) {
		layer.Set(chaos.Fault{Name: fmt.Sprintf("f%d", w.stats.Faults), Method: "POST,PUT", Effect: chaos.EffectLoseAnswer,
			Status: pick(w.rng, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable), Times: 1 + w.rng.IntN(2)})
	}
	return []verb{
		upset("RAYNET does it and answers with an error", 1, func(w *world) { deny(w.raynet.Layer(), w) }),
		upset("Graph does it and answers with an error", 1, func(w *world) { deny(w.outlook.Layer(), w) }),
	}
}

// broken lists what breaks until somebody mends it, by the names that the emulators give it. RAYNET's switches that belong to
// the shape of a history are not among them.
func broken() []verb {
	var out []verb
	for _, name := range []string{
		"raynet-429", "raynet-500", "raynet-503", "raynet-drop", "raynet-forbidden", "raynet-late-commit", "raynet-lost-reply",
		"raynet-slow", "raynet-truncate", "raynet-unauthorized", "raynet-quota", "raynet-locked", invisible,
		"raynet-field-refused", "raynet-extras-refused", "raynet-success-text",
	} {
		out = append(out, upset(name, 1, func(w *world) {
			w.must(w.raynet.Inject(name))
			if name == invisible {
				w.sight.shut(w.clock.Now())
			}
		}))
	}
	for _, name := range []string{
		"graph-429", "graph-429-fraction", "graph-429-no-header", "graph-429-date", "graph-503-empty", "graph-502-html", "graph-504",
		"graph-down", "graph-412", "graph-reset", "graph-lost-reply", "graph-lost-reply-patch", "graph-late-commit", "graph-truncated",
		"token-wrong-secret", "token-expired-secret", "token-no-roles", "token-expires-early", "token-blocked", "token-throttled",
		"token-unavailable", "token-disabled",
		"delta-410", "delta-410-bare", "delta-resync", "delta-not-found", "delta-bad-token", "delta-404-once", "delta-endless",
		"delta-duplicates", "delta-empty-pages", "delta-lag", "delta-removed-unknown", "delta-master-missing",
		"contact-last-deletion-silent", "delta-moved-back", "mailbox-gone", "etag-churn", "batch-inner-429", "list-lag",
		"todo-no-extensions", "odd-zones",
	} {
		out = append(out, upset(name, 1, func(w *world) {
			w.must(w.outlook.Inject(name))
			w.late = w.late || strings.HasSuffix(name, "-lag")
			w.untold = w.untold || name == "delta-moved-back" || name == "contact-last-deletion-silent"
		}))
	}
	return out
}

// mend ends everything that is broken, as an administrator and the passing of time do: a new secret, a consent given again, a
// mailbox back, a service that works.
func (w *world) mend(ctx context.Context) error {
	refused := false
	for _, fault := range w.raynet.Faults() {
		if fault.On && !w.shaped(fault.Name) {
			refused = refused || fault.Name == "raynet-unauthorized"
			w.must(w.raynet.Heal(fault.Name))
		}
	}
	for _, fault := range w.outlook.Faults() {
		w.must(w.outlook.Heal(fault.Name))
	}
	w.unhide()
	w.late = false
	w.sight.open(w.clock.Now())
	for _, layer := range []*chaos.Layer{w.raynet.Layer(), w.outlook.Layer(), w.outlook.AuthorityLayer()} {
		for _, fault := range layer.Faults() {
			if !strings.HasPrefix(fault.Name, lastingFault) {
				layer.Clear(fault.Name)
			}
		}
		layer.Settle()
	}
	w.say("what was broken is mended")
	if refused {
		return w.restart(ctx) // a login that was refused is not tried again by itself
	}
	return nil
}

// shaped reports whether a switch of RAYNET belongs to the shape of the history.
func (w *world) shaped(name string) bool {
	switch name {
	case "raynet-extid-ignored", "raynet-extid-refused", "raynet-replace-participants":
		return true
	}
	return false
}

// fault makes a few requests to one of the services go wrong.
func (w *world) fault(service string, effect chaos.Effect) {
	layer := w.outlook.Layer()
	methods := []string{"POST", "PATCH", "DELETE", "GET", ""}
	if service == "RAYNET" {
		layer = w.raynet.Layer()
		methods = []string{"PUT", "POST", "GET", ""}
	}
	fault := chaos.Fault{
		Name:   fmt.Sprintf("f%d", w.stats.Faults),
		Method: pick(w.rng, methods...),
		Effect: effect,
		Times:  1 + w.rng.IntN(3), Every: 1 + w.rng.IntN(3),
	}
	switch fault.Effect {
	case chaos.EffectStatus:
		fault.Status = pick(w.rng, 429, 500, 502, 503, 504)
		if w.rng.IntN(2) == 0 {
			fault.Header = map[string]string{"Retry-After": pick(w.rng, "1", "30", "2.5")}
		}
	case chaos.EffectLateCommit:
		fault.After = time.Duration(1+w.rng.IntN(200)) * time.Second // always within the settle horizon
	case chaos.EffectDropRequest, chaos.EffectLoseAnswer, chaos.EffectTwice, chaos.EffectDelay, chaos.EffectTruncate:
	}
	layer.Set(fault)
	w.say("fault at %s: %s %s every %d, %d times", service, fault.Method, fault.Effect, fault.Every, fault.Times)
}

// pass lets time pass. Both services stay alive meanwhile: a write that is held up lands when its time has come, not when the
// next request happens to arrive.
func (w *world) pass(ctx context.Context, d time.Duration) error {
	const tick = 20 * time.Second
	for ; d > 0; d -= tick {
		w.clock.Advance(min(d, tick))
		for _, service := range []struct {
			address string
			network http.RoundTripper
		}{{"http://127.0.0.1/api/v2/security/info", w.raynet.Transport()}, {"http://127.0.0.1/v1.0/", w.outlook.Transport()}} {
			request, err := http.NewRequestWithContext(ctx, http.MethodHead, service.address, nil)
			if err != nil {
				return err
			}
			options := w.raynet.Options()
			request.SetBasicAuth(options.User, options.APIKey)
			request.Header.Set("X-Instance-Name", options.Instance)
			if response, err := service.network.RoundTrip(request); err == nil {
				_ = response.Body.Close()
			}
		}
	}
	return nil
}

// deaths lists how the process dies at a moment of its own work that was chosen. They are drawn by nobody: saved histories bring them about.
func deaths() []verb {
	return []verb{{name: "the process will be killed as soon as it commits", do: func(_ context.Context, w *world) error {
		w.reaper.StrikeAtCommit(w.rng.IntN(4))
		return nil
	}}}
}

// turns lists what befalls the process and its database between two rounds of work.
func turns() []verb {
	return []verb{
		{"a backup is taken", 4, func(ctx context.Context, w *world) error { return w.backUp(ctx) }},
		{"the backup is brought back", 2, func(ctx context.Context, w *world) error { return w.bringBack(ctx) }},
		{"the database is lost", 1, func(ctx context.Context, w *world) error { return w.lose(ctx) }},
		{"the process is started anew", 1, func(ctx context.Context, w *world) error { return w.restart(ctx) }},
		{"the process will be frozen and overtaken", 2, func(_ context.Context, w *world) error {
			w.freezeIn = w.rng.IntN(12)
			return nil
		}},
		{"the process will be frozen for a moment and overtaken", 2, func(_ context.Context, w *world) error {
			w.freezeIn, w.conn.LeaseTTL = w.rng.IntN(12), shortLease
			return nil
		}},
		{"a second process will come", 2, func(_ context.Context, w *world) error {
			w.meetIn = w.rng.IntN(12)
			return nil
		}},
		{"what was broken is mended", 6, func(ctx context.Context, w *world) error { return w.mend(ctx) }},
	}
}

// backUp keeps a copy of the database.
func (w *world) backUp(ctx context.Context) error {
	if err := w.stop(); err != nil {
		return err
	}
	if err := stage.CopyFile(w.database(), w.backup()); err != nil {
		return err
	}
	w.say("a backup is taken")
	w.memory.kept = w.clock.Now()
	return w.start(ctx)
}

// bringBack puts an old backup in the place of the database, if there is one.
func (w *world) bringBack(ctx context.Context) error {
	if _, err := os.Stat(w.backup()); err != nil {
		return nil
	}
	if err := w.stop(); err != nil {
		return err
	}
	w.stats.Restores++
	w.say("the backup is brought back")
	w.memory.back()
	w.forget()
	if err := stage.CopyFile(w.backup(), w.database()); err != nil {
		return err
	}
	return w.start(ctx)
}

// lose takes the whole database away. The product begins anew among its own copies.
func (w *world) lose(ctx context.Context) error {
	if err := w.stop(); err != nil {
		return err
	}
	w.stats.Losses++
	w.say("the database is lost")
	w.memory.gone()
	w.forget()
	return w.start(ctx)
}

// forget removes the files that belong to the database as it was.
func (w *world) forget() {
	w.memory.forgot = w.clock.Now()
	if w.memory.first.IsZero() {
		w.memory.first = w.memory.forgot
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(w.database() + suffix)
	}
}
