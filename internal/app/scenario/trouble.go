package scenario

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/remote/chaos"
)

// troubles are the lines that say what goes wrong in the services.
func troubles() []statement {
	each := func(do func(w *world, entity string, id int64) error) func(*world, []string, []string) error {
		return func(w *world, a []string, _ []string) error {
			found, err := w.inRaynet(a[0])
			if err != nil {
				return err
			}
			return do(w, entityOf(found), stage.Number(found["id"]))
		}
	}
	return []statement{
		{"FAULT {word}", func(w *world, a []string, _ []string) error { return w.fault(a[0], true) }},
		{"HEALED {word}", func(w *world, a []string, _ []string) error { return w.fault(a[0], false) }},
		{"BREAK RAYNET: {what}", func(w *world, a []string, _ []string) error { return breakIt(w.raynet.Layer(), a[0]) }},
		{"BREAK Graph: {what}", func(w *world, a []string, _ []string) error { return breakIt(w.outlook.Layer(), a[0]) }},
		{"ALL IS WELL", func(w *world, _ []string, _ []string) error { return w.repair() }},
		{"RAYNET hides {title}", each(func(w *world, entity string, id int64) error { return w.raynet.Hide(entity, id) })},
		{"RAYNET shows {title} again", each(func(w *world, entity string, id int64) error { return w.raynet.Show(entity, id) })},
		{"RAYNET locks {title}", each(func(w *world, entity string, id int64) error { return w.raynet.Lock(entity, id) })},
		{"RAYNET unlocks {title}", each(func(w *world, entity string, id int64) error { return w.raynet.Unlock(entity, id) })},
		{"TO DO REFUSES {who}", func(w *world, a []string, _ []string) error { return w.setTodo(a[0], "off") }},
		{"TO DO TAKES {who} AGAIN", func(w *world, a []string, _ []string) error { return w.setTodo(a[0], "") }},
		{"THE RIGHTS IN RAYNET CHANGE", func(w *world, _ []string, _ []string) error { return w.changeRights() }},
		{"ANOTHER PROGRAM with our key changes {title} in RAYNET: {what}", func(w *world, a []string, _ []string) error {
			found, err := w.inRaynet(a[0])
			if err != nil {
				return err
			}
			body, err := w.raynetBody(w.people[0], a[1], found)
			if err != nil {
				return err
			}
			return w.raynet.EditAs(w.raynet.Options().User, entityOf(found), stage.Number(found["id"]), body)
		}},
	}
}

// repairs are the lines that say what becomes of the process and its database, and what an administrator does about it.
func repairs() []statement {
	return []statement{
		{"THE PROCESS RESTARTS", func(w *world, _ []string, _ []string) error { return w.stop() }},
		{"THE DATABASE IS LOST", func(w *world, _ []string, _ []string) error {
			w.told = 0
			if err := w.stop(); err != nil {
				return err
			}
			return w.forget()
		}},
		{"A BACKUP IS TAKEN", func(w *world, _ []string, _ []string) error {
			if err := w.stop(); err != nil {
				return err
			}
			return stage.CopyFile(w.database(), w.backup())
		}},
		{"THE BACKUP IS BROUGHT BACK", func(w *world, _ []string, _ []string) error {
			w.told = 0
			if err := w.stop(); err != nil {
				return err
			}
			if err := w.forget(); err != nil {
				return err
			}
			return stage.CopyFile(w.backup(), w.database())
		}},
		{"THE ADMINISTRATOR LETS {who} GO ON", func(w *world, a []string, _ []string) error {
			p, err := w.who(a[0])
			if err == nil {
				err = w.start()
			}
			if err != nil {
				return err
			}
			var facts []journal.Fact
			for _, id := range p.all() {
				facts = append(facts, journal.PutPairState{Pair: id, State: journal.PairRunning})
			}
			return w.store.Commit(w.ctx, noFence, facts...)
		}},
	}
}

// fault switches a named accident of either emulator on or off; a name that begins with raynet- is RAYNET's. In
// mailbox-gone:Jana the person's name stands for the mailbox.
func (w *world) fault(name string, on bool) error {
	if accident, who, named := strings.Cut(name, ":"); named {
		p, err := w.who(who)
		if err != nil {
			return err
		}
		name = accident + ":" + p.mailbox
	}
	switch {
	case strings.HasPrefix(name, "raynet-") && on:
		return w.raynet.Inject(name)
	case strings.HasPrefix(name, "raynet-"):
		return w.raynet.Heal(name)
	case on:
		return w.outlook.Inject(name)
	}
	return w.outlook.Heal(name)
}

// breakIt reads `POST with "Porada" loses its answer, once` and `any GET is answered 429, 3 times` and `PUT lands 60 seconds
// late, once`.
func breakIt(layer *chaos.Layer, said string) error {
	what, often, _ := strings.Cut(said, ", ")
	fault := chaos.Fault{Name: said}
	switch {
	case often == "once":
		fault.Times = 1
	case often == "always":
	default:
		n, err := strconv.Atoi(strings.TrimSuffix(often, " times"))
		if err != nil {
			return fmt.Errorf("%q: say once, 3 times or always", often)
		}
		fault.Times = n
	}
	method, rest, _ := strings.Cut(what, " ")
	if method != "any" {
		fault.Method = method
	}
	if text, found := strings.CutPrefix(rest, `with "`); found {
		fault.BodyContains, rest, _ = strings.Cut(text, `" `)
	}
	if text, found := strings.CutPrefix(rest, `at "`); found {
		fault.PathContains, rest, _ = strings.Cut(text, `" `)
	}
	words := strings.Fields(rest)
	switch {
	case rest == "loses its answer":
		fault.Effect = chaos.EffectLoseAnswer
	case rest == "never arrives":
		fault.Effect = chaos.EffectDropRequest
	case rest == "is cut short":
		fault.Effect = chaos.EffectTruncate
	case rest == "is applied twice":
		fault.Effect = chaos.EffectTwice
	case len(words) == 3 && words[0] == "is" && words[1] == "answered":
		status, err := strconv.Atoi(words[2])
		if err != nil {
			return err
		}
		fault.Effect, fault.Status = chaos.EffectStatus, status
		if status == 400 {
			fault.Body = `{"message":"Business rule violated"}`
		}
	case len(words) == 4 && words[0] == "lands" && words[2] == "seconds" && words[3] == "late":
		seconds, err := strconv.Atoi(words[1])
		if err != nil {
			return err
		}
		fault.Effect, fault.After = chaos.EffectLateCommit, time.Duration(seconds)*time.Second
	default:
		return fmt.Errorf("%q is nothing that can go wrong here", rest)
	}
	layer.Set(fault)
	return nil
}

// repair ends every fault; what was late lands now.
func (w *world) repair() error {
	for _, layer := range []*chaos.Layer{w.raynet.Layer(), w.outlook.Layer()} {
		for _, fault := range layer.Faults() {
			layer.Clear(fault.Name)
		}
		layer.Settle()
	}
	for _, name := range w.outlook.Active() {
		if err := w.outlook.Heal(name); err != nil {
			return err
		}
	}
	for _, fault := range w.raynet.Faults() {
		if fault.On {
			if err := w.raynet.Heal(fault.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// setTodo switches To Do off or on for a person.
func (w *world) setTodo(who, how string) error {
	p, err := w.who(who)
	if err != nil {
		return err
	}
	return w.outlook.SetTodo(p.mailbox, how)
}

// changeRights takes rights away from the account that the product uses in RAYNET.
func (w *world) changeRights() error {
	return w.raynet.SetRole(w.raynet.Options().User, "CERTAIN_RESTRICTIONS")
}
