package simulator

import (
	"context"
	"fmt"

	"raynetsync/internal/record"
)

// verb is something that can happen in a history.
type verb struct {
	name   string
	weight int // how often it is drawn, compared with the others of its table
	do     func(context.Context, *world) error
}

// deed is a verb of people.
func deed(name string, weight int, do func(*world)) verb {
	return verb{name: name, weight: weight, do: func(_ context.Context, w *world) error {
		w.stats.Operations++
		do(w)
		return nil
	}}
}

// upset is a verb of everything that can go wrong at the services.
func upset(name string, weight int, do func(*world)) verb {
	return verb{name: name, weight: weight, do: func(_ context.Context, w *world) error {
		w.stats.Faults++
		w.say("trouble: %s", name)
		do(w)
		return nil
	}}
}

// The verbs that every history is held together by.
const (
	verbWork  = "the process works"
	verbWait  = "time passes"
	verbCrash = "the process will be killed"
)

// frame are the verbs that Draw puts where they belong.
func frame() []verb {
	return []verb{
		{name: verbWork, do: func(ctx context.Context, w *world) error { return w.round(ctx) }},
		{name: verbWait, do: func(ctx context.Context, w *world) error { return w.pass(ctx, minutes(1+w.rng.IntN(8))) }},
		{name: verbCrash, do: func(_ context.Context, w *world) error {
			w.reaper.Strike(w.rng.IntN(1 + w.rng.IntN(300)))
			return nil
		}},
	}
}

// deedsOf lists what people do to the things of some kinds.
func deedsOf(kinds ...record.Kind) []verb {
	var out []verb
	for _, kind := range kinds {
		switch kind {
		case record.Calendar:
			out = append(out, diary()...)
			out = append(out, secrecy()...)
		case record.Contacts:
			out = append(out, acquaintances()...)
		case record.Tasks:
			out = append(out, chores()...)
		}
	}
	return out
}

// verbs are all there are, by name.
func verbs() map[string]verb {
	out := map[string]verb{}
	for _, table := range [][]verb{frame(), deedsOf(record.Kinds()...), haste(), crowds(), administration(), troubles(), deceits(), broken(), limits(), lasting(), sights(),
		deaths(), turns()} {
		for _, v := range table {
			if _, twice := out[v.name]; twice {
				panic(fmt.Sprintf("simulator: two verbs have the name %q", v.name))
			}
			out[v.name] = v
		}
	}
	return out
}
