package admin

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
)

// RestoreWhat names what is taken back: one value (Entry and Field), everything an entry did (Entry), what the latest run did
// to one record (Ref), or one whole run (Run).
type RestoreWhat struct {
	Entry int64        `json:"entry,omitempty"`
	Field record.Field `json:"field,omitempty"`
	// Ref names a record of either side, in any form that Explain takes.
	Ref string `json:"ref,omitempty"`
	Run string `json:"run,omitempty"`
	// Remove removes RAYNET records that we made and nobody touched, where otherwise they are cancelled.
	Remove bool `json:"remove,omitempty"`
}

// Restore takes back what we wrote. A value is written on the side on which we replaced it, as though a person had typed it
// there, and then flows to the other side by a normal cycle; a copy that we made is removed if nobody edited it, one that we
// removed is made again. What people changed since stays as it is and is told as a skipped step with its reason. Each restore
// is a run of its own in the journal and can be restored itself. With dry nothing is written, and the report says what would
// be. The errors are *Failure for things that do not exist, and those of Sync. The report that is kept under the run's id names the
// steps without their values.
func (a *Admin) Restore(ctx context.Context, what RestoreWhat, dry bool) (Report, error) {
	chosen, err := a.chosen(ctx, what)
	if err != nil {
		return Report{}, err
	}
	if dry {
		cycle, err := a.restore(ctx, "", what, chosen, true)
		return Report{Cycles: []Cycle{cycle}}, err
	}
	run := store.Run{ID: a.NewID(), What: RunRestore, Started: a.Now()}
	if err := a.Store.SaveRun(ctx, run); err != nil {
		return Report{}, err
	}
	cycle, err := a.restore(ctx, run.ID, what, chosen, false)
	report := Report{Cycles: []Cycle{cycle}}
	if err == nil && cycle.Steps != (Steps{}) {
		var carried Cycle
		carried, err = a.sync(ctx, run.ID, SyncOptions{}) // the same run: taking it back takes back both sides
		report.Cycles = append(report.Cycles, carried)
	}
	return report, errors.Join(err, a.saveRun(ctx, run, report))
}

// Restorable says whether there is anything that Restore could take back; it asks the database alone. The error is a *Failure.
func (a *Admin) Restorable(ctx context.Context, what RestoreWhat) error {
	_, err := a.chosen(ctx, what)
	return err
}

// chosen returns the entries that are to be taken back, by pair and link, the newest first.
func (a *Admin) chosen(ctx context.Context, what RestoreWhat) ([]journal.Entry, error) {
	pairs, err := a.pairs(ctx, nil)
	if err != nil {
		return nil, err
	}
	var entries []journal.Entry
	switch {
	case what.Entry != 0:
		entries, err = a.Store.Journal(ctx, store.JournalFilter{ID: what.Entry})
		if errors.Is(err, store.ErrNotFound) || err == nil && !has(pairs, entries[0].Pair) {
			return nil, &Failure{Code: FailureEntry, Args: map[string]any{"Entry": what.Entry}}
		}
	case what.Ref != "":
		return a.chosenOfRef(ctx, what.Ref)
	case what.Run != "":
		if entries, err = a.allOf(ctx, store.JournalFilter{Run: what.Run}, pairs); err == nil && len(entries) == 0 {
			return nil, &Failure{Code: FailureRun, Args: map[string]any{"Run": what.Run}}
		}
	default:
		return nil, &Failure{Code: FailureNothing}
	}
	return entries, err
}

// chosenOfRef returns, for every link of a record, what the latest run that wrote anything did to it.
func (a *Admin) chosenOfRef(ctx context.Context, text string) ([]journal.Entry, error) {
	ref, err := ParseRef(text)
	if err != nil {
		return nil, err
	}
	links, err := a.Store.LinksOfRef(ctx, a.Connection.Name, ref)
	if err != nil {
		return nil, err
	}
	var out []journal.Entry
	for _, link := range links {
		entries, err := a.Store.Journal(ctx, store.JournalFilter{LinkID: link.ID})
		if err != nil {
			return nil, err
		}
		latest := slices.IndexFunc(entries, func(e journal.Entry) bool { return plan.ReversalOf(e) != plan.NoReversal })
		for _, e := range entries {
			if latest >= 0 && e.Run == entries[latest].Run {
				out = append(out, e)
			}
		}
	}
	if len(out) == 0 {
		return nil, &Failure{Code: FailureEntry, Args: map[string]any{"Entry": text}}
	}
	return out, nil
}

// allOf returns every entry that a filter finds, the newest first.
func (a *Admin) allOf(ctx context.Context, filter store.JournalFilter, pairs []journal.Pair) ([]journal.Entry, error) {
	var out []journal.Entry
	for {
		filter.Limit = 1000
		page, err := a.Store.Journal(ctx, filter)
		if err != nil {
			return nil, err
		}
		for _, entry := range page {
			if filter.BeforeID = entry.ID; has(pairs, entry.Pair) {
				out = append(out, entry)
			}
		}
		if len(page) < filter.Limit {
			return out, nil
		}
	}
}

// restore takes entries back, pair by pair: two pairs never write to one RAYNET record at the same time.
func (a *Admin) restore(ctx context.Context, run string, what RestoreWhat, chosen []journal.Entry, dry bool) (Cycle, error) {
	t := a.tally(run)
	byPair := map[int64][]journal.Entry{}
	for _, entry := range chosen {
		byPair[entry.Pair] = append(byPair[entry.Pair], entry)
	}
	pairs, err := a.pairs(ctx, nil)
	if err != nil {
		return t.end(), err
	}
	for _, p := range pairs {
		entries := byPair[p.ID]
		if len(entries) == 0 {
			continue
		}
		var planned []PlannedStep
		outcome, err := a.Connection.Do(ctx, p.ID, jobs.CycleOptions{Run: run, Dry: dry}, func(ctx context.Context, task engine.Task) ([]plan.Step, error) {
			steps, told, err := a.undo(ctx, task, what, entries)
			planned = told
			return steps, err
		})
		if dry && err == nil {
			outcome.Steps = map[plan.Op]int{}
			for _, step := range outcome.Planned {
				outcome.Steps[step.Op]++
			}
		}
		if err == nil && outcome.Again > 0 {
			err = &remote.Error{Kind: remote.Conflict, Doing: "restore", Text: "somebody was writing to the same record"}
		}
		t.add(p, outcome, err)
		t.cycle.Planned = append(t.cycle.Planned, planned...)
		if ctx.Err() != nil {
			break
		}
	}
	t.cycle.Kinds, err = a.planCounts(context.WithoutCancel(ctx))
	return t.end(), errors.Join(ctx.Err(), err)
}

// undo decides what is done about one pair's entries, link by link, in the order of what was written last.
func (a *Admin) undo(ctx context.Context, task engine.Task, what RestoreWhat, entries []journal.Entry) ([]plan.Step, []PlannedStep, error) {
	undos, err := a.undos(ctx, task, what, entries)
	if err != nil {
		return nil, nil, err
	}
	e := a.Connection.Engine
	c := plan.Context{Pair: task.Pair, Rules: task.Rules, Schema: record.SchemaOf(task.Pair.Kind), Digester: e.Digester, Now: a.Now(),
		Key: func(source remote.Snapshot) string { return e.Key(task.Pair.Scope(), source) }}
	var steps []plan.Step
	var told []PlannedStep
	for _, undo := range undos {
		todo, kept := plan.Restore(c, undo)
		if todo, kept, err = a.once(ctx, task.Pair, undo, todo, kept); err != nil {
			return nil, nil, err
		}
		steps = append(steps, todo...)
		for _, step := range todo {
			told = append(told, plannedStep(task.Pair, step))
		}
		for _, k := range kept {
			link := undo.Link
			if !k.Ref.IsZero() {
				link.Half(k.Side).Ref = k.Ref
			}
			skipped := plannedStep(task.Pair, plan.Step{Op: plan.Skip, Side: k.Side, Link: link, Reason: k.Reason})
			if k.Field != "" {
				skipped.Changes = []journal.Change{{Field: k.Field}}
			}
			told = append(told, skipped)
		}
	}
	return steps, told, nil
}

// undos puts the entries of a pair together by link, with what both sides show now.
func (a *Admin) undos(ctx context.Context, task engine.Task, what RestoreWhat, entries []journal.Entry) ([]plan.Undo, error) {
	var undos []plan.Undo
	at := map[string]int{}
	for _, entry := range entries {
		if entry.LinkID == "" {
			continue
		}
		if i, known := at[entry.LinkID]; known {
			undos[i].Entries = append(undos[i].Entries, entry)
			undos[i].Reopen = undos[i].Reopen || decidedClash(entry)
			continue
		}
		link, err := a.Store.Link(ctx, entry.LinkID)
		if errors.Is(err, store.ErrNotFound) {
			continue // its copy was never made
		}
		if err != nil {
			return nil, err
		}
		at[entry.LinkID] = len(undos)
		undos = append(undos, plan.Undo{Link: link, Entries: []journal.Entry{entry}, Field: what.Field, Remove: what.Remove,
			Reopen: decidedClash(entry)})
	}
	for i := range undos {
		if err := a.later(ctx, &undos[i]); err != nil {
			return nil, err
		}
	}
	return undos, a.see(ctx, task, undos)
}

// later finds what was written to the link after the entries that are taken back.
func (a *Admin) later(ctx context.Context, undo *plan.Undo) error {
	newest := slices.MaxFunc(undo.Entries, func(x, y journal.Entry) int { return cmp.Compare(x.ID, y.ID) })
	entries, err := a.Store.Journal(ctx, store.JournalFilter{LinkID: undo.Link.ID, Limit: 1000})
	for _, entry := range entries {
		if entry.ID > newest.ID {
			undo.Later = append(undo.Later, entry)
		}
	}
	return err
}

// see reads, for each link, the sides that the decision needs.
func (a *Admin) see(ctx context.Context, task engine.Task, undos []plan.Undo) error {
	scope := task.Pair.Scope()
	need := map[record.Side][]remote.Ref{}
	for _, undo := range undos {
		for _, side := range []record.Side{record.Raynet, record.Outlook} {
			if ref := undo.Link.Half(side).Ref; !ref.IsZero() && needs(undo, side) {
				need[side] = append(need[side], ref)
			}
		}
	}
	seen := map[remote.Ref]remote.Reading{}
	for _, side := range []record.Side{record.Raynet, record.Outlook} {
		if len(need[side]) == 0 {
			continue
		}
		reader := a.Connection.Engine.Raynet
		if side == record.Outlook {
			reader = a.Connection.Engine.Outlook
		}
		readings, err := reader.Read(ctx, scope, need[side])
		if err != nil {
			return err
		}
		for _, reading := range readings {
			seen[reading.Ref] = reading
		}
	}
	for i := range undos {
		if reading, ok := seen[undos[i].Link.Raynet.Ref]; ok {
			undos[i].Raynet = &reading
		}
		if reading, ok := seen[undos[i].Link.Outlook.Ref]; ok {
			undos[i].Outlook = &reading
		}
	}
	return nil
}

// needs reports whether a side must be read: something was written there, or a copy on the other side is made again from it.
func needs(undo plan.Undo, side record.Side) bool {
	written := slices.ContainsFunc(undo.Entries, func(e journal.Entry) bool {
		return e.Side == side && plan.ReversalOf(e) != plan.NoReversal
	})
	return written || again(undo, side.Other())
}

func again(undo plan.Undo, side record.Side) bool {
	return slices.ContainsFunc(undo.Entries, func(e journal.Entry) bool {
		return e.Side == side && plan.ReversalOf(e) == plan.MakeAgain
	})
}
