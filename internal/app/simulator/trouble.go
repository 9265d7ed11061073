package simulator

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"raynetsync/internal/engine/journal"
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
	return out
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

// turns lists what befalls the process and its database between two rounds of work.
func turns() []verb {
	return []verb{
		{"a backup is taken", 4, func(ctx context.Context, w *world) error { return w.backUp(ctx) }},
		{"the backup is brought back", 2, func(ctx context.Context, w *world) error { return w.bringBack(ctx) }},
		{"the database is lost", 1, func(ctx context.Context, w *world) error { return w.lose(ctx) }},
		{"the process is started anew", 1, func(ctx context.Context, w *world) error { return w.restart(ctx) }},
	}
}

// backUp keeps a copy of the database.
func (w *world) backUp(ctx context.Context) error {
	if err := w.stop(); err != nil {
		return err
	}
	if err := copyFile(w.database(), w.backup()); err != nil {
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
	if err := copyFile(w.backup(), w.database()); err != nil {
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
	for _, suffix := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(w.database() + suffix)
	}
}
