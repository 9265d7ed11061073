package protocol

import (
	"context"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// Broken names the rules of the protocol that can be left out.
var Broken = map[string]breakage{"forgetful": forgetful, "blind repeat": blindRepeat, "hasty": hasty, "careless": careless, "rash": rash, "amnesic": amnesic,
	"deaf": deaf, "unmarked": unmarked}

// RunBroken is Run with a rule left out.
func RunBroken(ctx context.Context, options Options, broken string) (Report, error) {
	return explore(ctx, options, Broken[broken], nil)
}

// Idle returns what is found wrong with an update that writes what is there already, or something new.
func Idle(value record.Value) []string {
	h := newHistory(sound)
	h.begin(scenarios()[0], nil, 1, true)
	target := h.outlook.add(h.scenario.values(), 1, h.now)
	request := remote.Request{Side: record.Outlook, Op: remote.Update, Ref: target.ref, Writes: []record.Field{h.scenario.first},
		Header: map[string]string{string(h.scenario.first): string(value)}}
	h.memory.intents = append(h.memory.intents, journal.Intent{Op: "op", Request: request, Tail: true})
	h.judge(&request)
	return h.wrong
}
