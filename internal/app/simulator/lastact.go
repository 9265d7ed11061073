package simulator

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/app/stage"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote/chaos"
	raynetemu "raynetsync/internal/remote/raynet/emulator"
)

// run is one piece of work of the process that the journal knows by its name.
type run struct {
	id         string
	from, till time.Time
	whole      bool // it came to its end
}

// begins gives a cycle its name in the journal.
func (w *world) begins() string {
	w.meter.turn++
	w.runs = append(w.runs, run{id: fmt.Sprintf("run-%04d", len(w.runs)+1), from: w.clock.Now()})
	return w.runs[len(w.runs)-1].id
}

// ends notes that the latest cycle is over.
func (w *world) ends(err error) {
	last := &w.runs[len(w.runs)-1]
	last.till, last.whole = w.clock.Now(), err == nil
}

// lastAct does, after all that was looked at, what changes the world: in some histories the database is lost once more, in others a
// run is taken back.
func (w *world) lastAct(ctx context.Context) error {
	if len(w.gone) > 0 {
		return nil
	}
	switch n := w.seed / uint64(len(record.Kinds())+1); {
	case n%10 == 3:
		return w.checkLoss(ctx)
	case n%3 != 0:
		return w.checkUndo(ctx)
	}
	return nil
}

// unmarked reports whether a record of ours could not be given its key, since it was locked for ever, out of sight, or its create was
// forgotten, and is not like its original any more, which may be private by now: known, and not promised.
func (w *world) unmarked(ctx context.Context, t thing) (bool, error) {
	if t.ref.Side != record.Raynet || !w.madeByUs(t) || len(stage.List(t.raw["extIds"])) > 0 ||
		!w.ledger.poison[t.canary] && !w.forgot() && !w.strange(t) {
		return false, nil
	}
	if w.handedOn(t.canary) { // what is somebody else's by now is not known by its looks
		return true, nil
	}
	there := false
	for _, u := range w.users {
		p := w.pairOf(u, t.kind)
		now, _, err := w.read(ctx, p, t.ref)
		if err != nil {
			return false, err
		}
		for _, item := range w.items(u, t.kind) {
			if item.canary != t.canary {
				continue
			}
			there = true
			original, _, err := w.read(ctx, p, item.ref)
			if err != nil {
				return false, err
			}
			if !slices.ContainsFunc(original.Natural, func(key string) bool { return slices.Contains(now.Natural, key) }) {
				return true, nil
			}
		}
	}
	return !there, nil
}

// placeNamed reports whether the list or folder in which a thing lies has our name.
func (w *world) placeNamed(t thing) bool {
	places := w.outlook.TaskLists
	if t.kind == record.Contacts {
		places = w.outlook.ContactFolders
	}
	return slices.ContainsFunc(places(t.user.mailbox), func(place map[string]any) bool {
		return stage.Text(place["id"]) == w.lies(t) && stage.Text(place["displayName"]) == ourPlace
	})
}

// made lists, by their keys, the things that we made, those of RAYNET after the others: the ones that are new come last of each.
func (w *world) made() []string {
	type one struct {
		at  time.Time
		key string
	}
	var all []one
	for _, write := range w.raynet.History() {
		if write.Source == "api" && write.Op == raynetemu.OpCreate {
			all = append(all, one{write.At, recordKey(canaryOf(titleOf(write.After)))})
		}
	}
	for _, write := range w.outlook.History() {
		if write.By == "app" && write.Op == "create" {
			all = append(all, one{write.At, itemKey(write.Mailbox, canaryOf(titleOf(write.After)))})
		}
	}
	slices.SortStableFunc(all, func(a, b one) int { return a.at.Compare(b.at) })
	out := make([]string, len(all))
	for i, o := range all {
		out[i] = o.key
	}
	return out
}

// touch is one write to either service.
type touch struct {
	at            time.Time
	ours          bool
	side          record.Side
	mailbox       string // Outlook only
	id            string
	op            string
	before, after map[string]any
}

func (t touch) same(other touch) bool { return t.side == other.side && t.id == other.id }

// touches lists all writes of everybody, in the order in which they were made.
func (w *world) touches() []touch {
	var out []touch
	for _, h := range w.raynet.History() {
		if h.Entity != "company" {
			out = append(out, touch{h.At, h.Source == "api", record.Raynet, "", fmt.Sprint(h.ID), string(h.Op), h.Before, h.After})
		}
	}
	for _, h := range w.outlook.History() {
		out = append(out, touch{h.At, h.By == "app", record.Outlook, h.Mailbox, h.ID, h.Op, h.Before, h.After})
	}
	slices.SortStableFunc(out, func(a, b touch) int { return a.at.Compare(b.at) })
	return out
}

// plainKeys are what things show as one text, on either side.
func plainKeys() []string {
	return []string{"title", "subject", "lastName", "firstName", "surname", "givenName", "jobTitle", "mobilePhone", "birthday"}
}

// checkUndo (I12): a run that is taken back leaves both sides as they were before it, but for what was changed since; taking it back
// once more changes nothing.
func (w *world) checkUndo(ctx context.Context) error {
	chosen, ok := w.undoable(ctx)
	if !ok {
		return nil
	}
	all := w.touches()
	office := w.office()
	what := admin.RestoreWhat{Run: chosen.id, Remove: true}
	told, err := w.journal(ctx, admin.JournalOptions{Run: chosen.id})
	if err != nil {
		return err
	}
	report, err := office.Restore(ctx, what, false)
	if err != nil {
		w.violate("I12", "%s cannot be taken back: %v", chosen.id, err)
		return nil
	}
	w.say("%s of %s is taken back: %+v", chosen.id, chosen.from.Format("02 15:04:05"), report.Cycles[0].Steps)
	within := func(t touch) bool { return t.ours && !t.at.Before(chosen.from) && !t.at.After(chosen.till) }
	for i, t := range all {
		if within(t) && belongs(t, slices.DeleteFunc(slices.Clone(all), func(t touch) bool { return !within(t) }), told) {
			w.checkUndone(t, all[i+1:], report.Cycles[0])
		}
	}
	before := len(w.writes())
	if _, err := office.Restore(ctx, what, false); err != nil {
		w.violate("I12", "%s cannot be taken back a second time: %v", chosen.id, err)
	}
	// Outlook's addresses of a contact have no names, only an order: putting one back moves the others.
	moved := func(write string) bool {
		return strings.Contains(write, "mail") && strings.Contains(write, "contact") || strings.Contains(write, "emailAddresses")
	}
	if after := w.writes(); slices.ContainsFunc(after[before:], func(write string) bool { return !moved(write) }) {
		w.violate("I12", "%s was taken back twice, and the second time %d writes were made: %s", chosen.id, len(after)-before, after[len(after)-1])
	}
	return nil
}

// belongs reports whether a write is of the run that the entries are of: one that was begun before is of the run before, though it was
// made among the writes of this one. Where that one wrote to the same thing too, nobody can tell from the outside which was whose.
func belongs(t touch, writes []touch, told []admin.JournalEntry) bool {
	made, of := 0, 0
	for _, write := range writes {
		if write.same(t) && write.op == t.op && !names(write) {
			made++
		}
	}
	for _, e := range told {
		if e.Reversible && e.Side == t.side && (e.Event == journal.Created) == (t.op == "create") &&
			(strings.HasSuffix(e.Raynet, "/"+t.id) || strings.HasSuffix(e.Outlook, "/"+t.id)) {
			of++
		}
	}
	return of > 0 && made <= of
}

// names reports whether a write only gave a record its key.
func names(write touch) bool {
	return write.op == "update" && fmt.Sprint(write.before["extIds"]) != fmt.Sprint(write.after["extIds"])
}

// undoable draws one of the runs that wrote something, met no trouble and can be taken back.
func (w *world) undoable(ctx context.Context) (run, bool) {
	var troubled, written []time.Time
	for _, layer := range []*chaos.Layer{w.raynet.Layer(), w.outlook.Layer()} {
		for _, request := range layer.Requests() {
			if request.Fault != "" {
				troubled = append(troubled, request.At)
			}
		}
	}
	for _, t := range w.touches() {
		if t.ours {
			written = append(written, t.at)
		}
	}
	within := func(r run, at []time.Time) bool {
		return slices.ContainsFunc(at, func(t time.Time) bool { return !t.Before(r.from) && !t.After(r.till) })
	}
	var fit []run
	for _, r := range w.runs {
		if r.whole && within(r, written) && !within(r, troubled) && w.office().Restorable(ctx, admin.RestoreWhat{Run: r.id}) == nil {
			fit = append(fit, r)
		}
	}
	if len(fit) == 0 {
		return run{}, false
	}
	return pick(w.rng, fit...), true
}

// checkUndone looks at one write that was taken back.
func (w *world) checkUndone(t touch, later []touch, report admin.Cycle) {
	if w.ledger.poison[canaryOf(titleOf(t.after))] || w.ledger.poison[canaryOf(titleOf(t.before))] {
		return
	}
	if w.ledger.special[canaryOf(titleOf(t.after))] || w.ledger.special[canaryOf(titleOf(t.before))] {
		return
	}
	since := slices.DeleteFunc(slices.Clone(later), func(l touch) bool { return !l.same(t) })
	reason := w.keptFor(t, report)
	if reason != "" && reason != "changed-since" {
		return
	}
	now, there := w.look(t)
	switch t.op {
	case "create":
		if len(since) > 0 || reason != "" && w.newlyNamed(now) {
			return
		}
		w.exercise("I12", 1)
		if there {
			w.violate("I12", "%q was made on the side of %s by a run that was taken back, nobody touched it, and it is there (%s)", titleOf(t.after), t.side, reason)
		}
	case "update":
		if !there {
			return
		}
		for _, key := range plainKeys() {
			was, is := stage.Text(t.before[key]), stage.Text(t.after[key])
			changed := slices.ContainsFunc(since, func(l touch) bool { return stage.Text(l.before[key]) != stage.Text(l.after[key]) })
			if was == is || changed {
				continue
			}
			w.exercise("I12", 1)
			if got := stage.Text(now[key]); got != was {
				w.violate("I12", "%s of %q on the side of %s was %q before the run that was taken back, nobody changed it since, and it is %q (%s)",
					key, titleOf(t.after), t.side, was, got, reason)
			}
		}
	}
}

// newlyNamed reports whether a person's company was renamed: that is an edit of all that shows its name.
func (w *world) newlyNamed(now map[string]any) bool {
	text := everything(now)
	return slices.ContainsFunc(w.ledger.companies, func(name string) bool { return strings.Contains(text, name) })
}

// keptFor is the reason for which a thing was left as it is, as the report tells.
func (w *world) keptFor(t touch, report admin.Cycle) string {
	for _, step := range report.Planned {
		for _, ref := range []string{step.Raynet, step.Outlook} {
			if step.Reason != "" && step.Op == "skip" && strings.HasSuffix(ref, "/"+t.id) {
				return step.Reason
			}
		}
	}
	return ""
}

// look is what a thing that was written to shows now.
func (w *world) look(t touch) (map[string]any, bool) {
	for _, kind := range w.kinds {
		if t.side == record.Raynet {
			for _, entity := range entitiesOf(kind) {
				for _, raw := range w.raynet.All(entity) {
					if fmt.Sprint(stage.Number(raw["id"])) == t.id {
						return raw, true
					}
				}
			}
			continue
		}
		for _, u := range w.users {
			for _, one := range w.anywhere(u, kind) {
				if one.ref.ID == t.id {
					return one.raw, true
				}
			}
		}
	}
	return nil, false
}

func entitiesOf(kind record.Kind) []string {
	switch kind {
	case record.Contacts:
		return []string{"person"}
	case record.Tasks:
		return []string{"task"}
	case record.Calendar:
	}
	return []string{"activity"}
}
