package apply

import (
	"slices"
	"time"

	"raynetsync/internal/engine/change"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// What a create left behind, found by its key or by what it shows, and to whom it belongs.

// foundByKey adopts what the create left behind, if the side knows its key.
func (t *task) foundByKey(event Event) []Action {
	switch len(event.Found) {
	case 0:
		if t.intent.Request.Side == record.Raynet {
			request := t.intent.Request
			return t.find(remote.Search{Like: &request, Since: t.intent.FirstSent, Type: t.intent.Request.Ref.Type}, t.foundOrphan)
		}
		return t.lost(event.At)
	case 1:
		t.probe(adoptedByKey)
		return t.adoptFound(event.Found[0], event.At)
	}
	return t.ask(event, "held-copies", event.At.Add(24*time.Hour)) // whoever looks again finds both again
}

// foundOrphan judges records that our own identity made and that no link and no key explains. One that shows what was sent is
// the one; one that a person has edited meanwhile is known by what is left of it. If nobody can tell, a person decides: a
// missing copy is better than a second one.
func (t *task) foundOrphan(event Event) []Action {
	best, ties, most := -1, 0, 0
	for i, found := range event.Found {
		alike := t.alike(found)
		switch {
		case found.Erased: // that one says no more what it was made from: most of it is as empty as what was sent
		case alike > most:
			best, ties, most = i, 1, alike
		case alike == most:
			ties++
		}
	}
	all := len(t.intent.Wants)
	switch {
	case len(event.Found) == 0:
		request := t.intent.Request
		return t.find(remote.Search{Like: &request, Since: t.intent.FirstSent, Type: request.Ref.Type, Handed: true}, t.foundHanded)
	case best >= 0 && most == all:
		t.probe(adoptedOrphan)
		return t.adoptFound(event.Found[best], event.At)
	case t.rivals() && (t.settling(event.At) || !t.eldest()):
		t.probe(rivalsAwaited)
		return t.wait(event) // what was found may be what another create made: that one is judged first
	case best >= 0 && ties == 1 && 2*most >= all && t.tells(event.Found[best]) && !t.rivals():
		t.probe(adoptedOrphan)
		return t.adoptFound(event.Found[best], event.At)
	case t.settling(event.At):
		return t.lost(event.At)
	case best >= 0 && ties == 1 && t.quotes(event.Found[best]) && !t.rivals():
		return t.look(t.intent.Source, func(source Event) []Action {
			if source.Reading.Presence == remote.Present && source.Reading.Snapshot.Rule == remote.RulePrivate {
				t.probe(adoptedOrphan) // what it quotes is private by now: it is taken for ours, so that it is emptied
				return t.adoptFound(event.Found[best], event.At)
			}
			return t.ask(event, plan.HeldOrphan, time.Time{})
		})
	}
	return t.ask(event, plan.HeldOrphan, time.Time{})
}

// foundHanded adopts what a person has handed on to somebody else before anybody knew that it had been made. It must show all that was
// sent: there is nothing else by which it could be told from what was made for its owner.
func (t *task) foundHanded(event Event) []Action {
	for _, found := range event.Found {
		if !found.Erased && t.alike(found) == len(t.intent.Wants) {
			t.probe(adoptedOrphan)
			return t.adoptFound(found, event.At)
		}
	}
	return t.lost(event.At)
}

// rivals reports whether other creates in RAYNET are open beside this one.
func (t *task) rivals() bool { return len(t.core.makings) > 1 }

// eldest reports whether this is the first of the open creates.
func (t *task) eldest() bool { return t.core.makings[0] == t.intent.Op }

// tells reports whether a thing shows at least half of what was sent that is not empty: two things that lack the same are not the
// same for it.
func (t *task) tells(found remote.Snapshot) bool {
	moved, said, lost := t.moved(found), 0, 0
	for name, digest := range t.intent.Wants { // any order: each counts once
		if digest == t.core.config.Digester.Value(name, "") {
			continue
		}
		said++
		if slices.Contains(moved, name) {
			lost++
		}
	}
	return 2*lost <= said
}

// quotes reports whether a thing still says in words what was sent: a text that may no longer be told if its original turned private.
func (t *task) quotes(found remote.Snapshot) bool {
	schema, digester := t.core.config.Schema, t.core.config.Digester
	return slices.ContainsFunc(schema.Fields, func(spec record.FieldSpec) bool {
		value := found.Fields[spec.Name]
		return (spec.Redacts || spec.Name == schema.Title) && value != "" && digester.Value(spec.Name, value) == t.intent.Wants[spec.Name]
	})
}

// alike counts in how many fields a thing shows what was sent; a field it does not show at all counts as alike.
func (t *task) alike(found remote.Snapshot) int { return len(t.intent.Wants) - len(t.moved(found)) }

// moved lists the fields that were sent and that a thing shows otherwise.
func (t *task) moved(found remote.Snapshot) []record.Field {
	return change.Moved(t.core.config.Digester, t.core.config.Schema, t.intent.Wants, t.wanted(found.Fields))
}

// wanted leaves out the fields that the write did not touch.
func (t *task) wanted(fields record.Fields) record.Fields {
	out := record.Fields{}
	for name := range t.intent.Wants {
		if value, shown := fields[name]; shown {
			out[name] = value
		}
	}
	return out
}

// adoptFound settles the create with what was found. What the found thing shows beyond what was sent is a person's edit: the
// base is what was sent. Then the version is not believed, nor that of a row that lacks some fields, which may have been edited: a
// later row of that version would tell nobody to look.
func (t *task) adoptFound(found remote.Snapshot, now time.Time) []Action {
	edited := t.alike(found) < len(t.intent.Wants)
	if edited {
		t.probe(adoptedEdited)
	}
	if t.spare(found) || found.Partial || edited {
		found.Version = ""
	}
	answer := remote.Answer{Ref: found.Ref, Version: found.Version, Snapshot: &found}
	if found.Key != "" || t.intent.Request.Key == "" || t.intent.Request.Side != record.Raynet {
		return t.settle(answer, now)
	}
	return t.mark(found, answer)
}

// spare leaves out the calls to follow that would write over what a person wrote since the create, and reports whether there were any.
// What they were to bring is merged with it like any other edit: what lay there before is nothing, or what the create made it show.
func (t *task) spare(found remote.Snapshot) bool {
	wants := t.intent.Wants
	taken := func(name record.Field) bool {
		value, shown := found.Fields[name]
		between, told := wants[name]
		if !told {
			between = t.core.config.Digester.Value(name, "")
		}
		now := t.core.config.Digester.Value(name, value)
		return shown && now != between && now != t.intent.Later[name]
	}
	var follow []remote.Request
	for _, request := range t.intent.Follow {
		if !slices.ContainsFunc(request.Writes, taken) {
			follow = append(follow, request)
			continue
		}
		for _, name := range request.Writes {
			if _, told := wants[name]; !told {
				t.intent.Wants = over(t.intent.Wants, record.Shown{name: t.core.config.Digester.Value(name, "")})
			}
		}
	}
	spared := len(follow) < len(t.intent.Follow)
	t.intent.Follow = follow
	return spared
}

// mark gives a record that was made without the key of its create that key, with a call to follow unless one does already: after a
// loss of the database nothing else would tell what it was made from. So that call is the first: a record can be locked meanwhile, or
// the process die.
func (t *task) mark(found remote.Snapshot, answer remote.Answer) []Action {
	t.then = func(event Event) []Action {
		for _, request := range event.Requests {
			if !slices.ContainsFunc(t.intent.Follow, func(follow remote.Request) bool { return follow.For(found.Ref).Same(request) }) {
				t.intent.Follow = slices.Insert(slices.Clone(t.intent.Follow), 0, request)
			}
		}
		return t.settle(answer, event.At)
	}
	return []Action{Compose{Task: t.id, Write: remote.Write{Op: remote.Update, Side: record.Raynet, Target: &found, Key: t.intent.Request.Key}}}
}

// ask leaves to a person what may be our own create: one of the things found is ours, and nobody can tell which. Once the intent is
// closed nothing tells of things without a key; then the question has no end but a person's answer, and retry is zero. He is asked about
// these things too, or they would be copied back to where one of them came from.
func (t *task) ask(event Event, reason string, retry time.Time) []Action {
	t.core.result.Held++
	t.probe(copiesHeld)
	work := journal.Work{Pair: t.core.config.Pair, Why: journal.WhyReview, Reason: reason, Since: event.At, RetryAt: retry}
	entry := t.intent.Entry
	entry.Event, entry.At, entry.Changes = journal.HeldEvent, event.At, nil
	facts := []journal.Fact{journal.CloseIntent{Op: t.intent.Op}, journal.DropLink{ID: t.intent.Link.ID}, journal.AddEntry{Entry: entry}}
	work.Ref = t.intent.Source
	facts = append(facts, journal.PutWork{Work: work})
	for _, found := range event.Found {
		if reason == plan.HeldOrphan && !found.Erased {
			facts = append(facts, journal.PutWork{Work: plan.Question(t.core.config.Pair, found.Ref, plan.Orphan, event.At)})
		}
	}
	return t.commit(facts, t.end)
}
