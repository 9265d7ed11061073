package simulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"

	"raynetsync/internal/record"
	raynetemu "raynetsync/internal/remote/raynet/emulator"
)

// Script is a whole history before it is lived: the world in which it begins and what happens there, one step after another. A
// step carries the number from which everything about it is drawn, and finds what it is done to among what there is at that
// moment; so one step can be taken out and the others keep their meaning.
type Script struct {
	Seed  uint64 `json:"seed"`
	Shape Shape  `json:"shape"`
	Steps []Step `json:"steps"`
}

// Shape is the world of a history.
type Shape struct {
	Kinds []record.Kind `json:"kinds"`
	Users int           `json:"users"` // with a RAYNET account and a mailbox
	// ExtID is what RAYNET makes of our key in a create, Participants of a list of participants in an edit.
	ExtID         raynetemu.Mode         `json:"extId"`
	Participants  raynetemu.Participants `json:"participants"`
	DetailVersion bool                   `json:"detailVersion"`
	// Begin is the day on which it begins, "2027-03-25"; empty is the one on which the first histories began.
	Begin string `json:"begin,omitempty"`
	// Budget is RAYNET's daily allowance; 0 is one that nobody could use up.
	Budget int `json:"budget,omitempty"`
	// Retries is how often the clients repeat what they may repeat; 0 is never, because they wait by the clock on the wall. No history
	// is drawn with it.
	Retries int `json:"retries,omitempty"`
}

// begins are the days on which histories begin: before the clock changes in autumn and in spring, at the end of a year, and where
// nothing of the kind is near.
func begins() []string {
	return []string{"", "", "2026-10-24", "2027-03-25", "2026-12-29", "2027-02-08"}
}

// Step is one thing that happens. The names are those of the table of verbs.
type Step struct {
	Do   string `json:"do"`
	Draw uint64 `json:"draw,omitempty"`
}

// rounds is how many rounds of chaos a history has unless it is told otherwise: short ones show more of how a life begins, long
// ones what comes together in it.
func rounds(rng *rand.Rand) int { return 2 + rng.IntN(15) }

// Draw makes the history of a seed. Each history leaves out a part of what people can do and what can break, so that what is
// left meets itself more often.
func Draw(seed uint64, options Options) Script {
	if len(options.Like) > 0 {
		return Vary(seed, options.Like)
	}
	rng := rand.New(rand.NewPCG(seed, 0x5eed))
	calm := options.Calm || options.Scenario == calmScenario
	s := Script{Seed: seed, Shape: Shape{
		Kinds: kindsOf(seed, options.Scenario), Users: 2 + rng.IntN(2),
		ExtID:         pick(rng, raynetemu.Accept, raynetemu.Accept, raynetemu.Ignore, raynetemu.Refuse),
		Participants:  pick(rng, raynetemu.Patch, raynetemu.Replace),
		DetailVersion: rng.IntN(2) == 0,
		Begin:         pick(rng, begins()...),
	}}
	if seed%5 == 2 {
		s.Shape.Budget = busyDay
	}
	d := dice{rng: rng, script: &s}
	deeds := d.swarm(append(deedsOf(s.Shape.Kinds...), haste()...))
	faults, breaks, turns := d.swarm(troubles()), d.swarm(broken()), d.swarm(turns())
	orders, many := d.swarm(administration()), d.swarm(crowds())
	if s.Shape.Budget > 0 {
		faults = append(faults, limits()...)
	}
	for range 3 + rng.IntN(6) {
		d.one(deeds)
	}
	all, last := cmp.Or(options.Rounds, rounds(rng)), -1
	if !calm && seed%3 == 0 {
		last = int(seed/3) % all
	}
	for round := range all {
		if round == last {
			d.one(lasting())
		}
		for range rng.IntN(4) {
			d.one(deeds)
		}
		if rng.IntN(8) == 0 {
			d.one(orders)
		}
		if rng.IntN(120) == 0 {
			d.one(many)
		}
		if !calm {
			if rng.IntN(3) == 0 {
				d.add(verbCrash)
			}
			for range rng.IntN(3) {
				d.one(faults)
			}
			if rng.IntN(8) == 0 {
				d.one(breaks)
			}
		}
		d.add(verbWork)
		if rng.IntN(4) == 0 {
			d.one(deeds) // right after everything was read
		}
		d.add(verbWait)
		if !calm && rng.IntN(4) == 0 {
			d.one(turns)
		}
	}
	return s
}

// dice draws steps.
type dice struct {
	rng    *rand.Rand
	script *Script
}

func (d dice) add(name string) {
	d.script.Steps = append(d.script.Steps, Step{Do: name, Draw: d.rng.Uint64()})
}

// swarm leaves out some of the verbs.
func (d dice) swarm(of []verb) []verb {
	kept := slices.DeleteFunc(slices.Clone(of), func(verb) bool { return d.rng.IntN(4) == 0 })
	if len(kept) == 0 {
		return of
	}
	return kept
}

// one adds one of the verbs, the weightier the likelier.
func (d dice) one(of []verb) {
	total := 0
	for _, v := range of {
		total += v.weight
	}
	n := d.rng.IntN(total)
	for _, v := range of {
		if n -= v.weight; n < 0 {
			d.add(v.name)
			return
		}
	}
}

// Load reads a saved history. It fails if a step has a name that nobody knows, because then it would test nothing.
func Load(path string) (Script, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Script{}, err
	}
	var s Script
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return Script{}, fmt.Errorf("%s is no history: %w", path, err)
	}
	if len(s.Shape.Kinds) == 0 || s.Shape.Users == 0 {
		return Script{}, fmt.Errorf("%s is no history: it has no kinds or no users", path)
	}
	known := verbs()
	for _, step := range s.Steps {
		if _, ok := known[step.Do]; !ok {
			return Script{}, fmt.Errorf("%s: nobody knows how to do %q", path, step.Do)
		}
	}
	return s, nil
}

// Save writes a history so that it can be read, lived again and kept.
func (s Script) Save(path string) error {
	var b bytes.Buffer
	shape, err := json.Marshal(s.Shape)
	if err != nil {
		return err
	}
	fmt.Fprintf(&b, "{\"seed\": %d,\n \"shape\": %s,\n \"steps\": [", s.Seed, shape)
	for i, step := range s.Steps {
		line, err := json.Marshal(step)
		if err != nil {
			return err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "\n  %s", line)
	}
	b.WriteString("\n]}\n")
	return os.WriteFile(path, b.Bytes(), 0o600)
}

// Scenarios are what histories can be limited to: the things of one kind, everything at once, or a world in which nothing breaks.
func Scenarios() []string {
	out := []string{everythingScenario, calmScenario}
	for _, kind := range record.Kinds() {
		out = append(out, string(kind))
	}
	return out
}

const (
	everythingScenario = "everything"
	calmScenario       = "calm"
)

// kindsOf draws what a history is about: one kind alone, or all of them.
func kindsOf(seed uint64, scenario string) []record.Kind {
	kinds := record.Kinds()
	if at := slices.Index(kinds, record.Kind(scenario)); at >= 0 {
		return kinds[at : at+1]
	}
	if at := int(seed % uint64(len(kinds)+1)); at < len(kinds) && scenario != everythingScenario {
		return kinds[at : at+1]
	}
	return kinds
}

func pick[T any](rng *rand.Rand, of ...T) T { return of[rng.IntN(len(of))] }
