package simulator

import (
	"math/rand/v2"
	"slices"
)

// longest is how many steps of a saved history are taken as the beginning of a varied one: what comes after a few dozen meets little of
// what the history was saved for.
const longest = 60

// Vary makes a history of a seed out of saved ones: it takes one and changes it in a few places, with steps of others. Near to what once
// met something that nobody had thought of lies more of it: such histories find more in the same time than those that are drawn. Of the
// saved ones those are left out that live what is not promised (see sights). The same seed and the same saved ones are the same history;
// without any it is the one that Draw makes.
func Vary(seed uint64, saved []Script) Script {
	unpromised := namesOf(sights())
	saved = slices.DeleteFunc(slices.Clone(saved), func(s Script) bool {
		return len(s.Steps) == 0 || slices.ContainsFunc(s.Steps, func(step Step) bool { return unpromised[step.Do] })
	})
	if len(saved) == 0 {
		return Draw(seed, Options{})
	}
	v := varied{rng: rand.New(rand.NewPCG(seed, 0x7a4e)), saved: saved}
	v.script = pick(v.rng, saved...)
	end := min(len(v.script.Steps), longest)
	v.script.Steps = slices.Clone(v.script.Steps[:end])
	for range 1 + v.rng.IntN(3) {
		pick(v.rng, v.splice, v.insert, v.redraw, v.redraw, v.omit, v.add, v.move)()
	}
	return v.script
}

func namesOf(of []verb) map[string]bool {
	out := map[string]bool{}
	for _, v := range of {
		out[v.name] = true
	}
	return out
}

// varied is a history in the making.
type varied struct {
	rng    *rand.Rand
	saved  []Script
	script Script
}

// other returns a part of another history, of so many steps at most. Its kinds are there from then on.
func (v *varied) other(most int) []Step {
	from := pick(v.rng, v.saved...)
	for _, kind := range from.Shape.Kinds {
		if !slices.Contains(v.script.Shape.Kinds, kind) {
			v.script.Shape.Kinds = append(slices.Clone(v.script.Shape.Kinds), kind)
		}
	}
	begin := v.rng.IntN(len(from.Steps))
	return from.Steps[begin:min(len(from.Steps), begin+most)]
}

// place is where something is put between the steps.
func (v *varied) place() int { return v.rng.IntN(len(v.script.Steps) + 1) }

// splice goes on as another history does.
func (v *varied) splice() {
	v.script.Steps = append(v.script.Steps[:v.place()], v.other(longest/2)...)
}

// insert puts a few steps of another history in between.
func (v *varied) insert() {
	v.script.Steps = slices.Insert(v.script.Steps, v.place(), v.other(1+v.rng.IntN(5))...)
}

// redraw lets something happen in another way.
func (v *varied) redraw() {
	for range 1 + v.rng.IntN(2) {
		if n := len(v.script.Steps); n > 0 {
			v.script.Steps[v.rng.IntN(n)].Draw = v.rng.Uint64()
		}
	}
}

// omit leaves a step out.
func (v *varied) omit() {
	if n := len(v.script.Steps); n > 2 {
		at := v.rng.IntN(n)
		v.script.Steps = slices.Delete(v.script.Steps, at, at+1)
	}
}

// add has something of another history happen, in its own way, and perhaps the process work right after it.
func (v *varied) add() {
	more := slices.Clone(v.other(1))
	more[0].Draw = v.rng.Uint64()
	if v.rng.IntN(2) == 0 {
		more = append(more, Step{Do: verbWork, Draw: v.rng.Uint64()})
	}
	v.script.Steps = slices.Insert(v.script.Steps, v.place(), more...)
}

// move lives the history in a world that differs in one thing.
func (v *varied) move() {
	other := pick(v.rng, v.saved...).Shape
	switch v.rng.IntN(5) {
	case 0:
		v.script.Shape.ExtID = other.ExtID
	case 1:
		v.script.Shape.Participants = other.Participants
	case 2:
		v.script.Shape.DetailVersion = !v.script.Shape.DetailVersion
	case 3:
		v.script.Shape.Users = 1 + v.rng.IntN(3)
	case 4:
		v.script.Seed = v.rng.Uint64N(1_000_000)
	}
}
