package emulator

import "time"

// applyTaskRecurrence reads a written recurrence. Its zone should be that of the due date: in another one due date and
// start fall on the day before or stay where they are. // G-127
func (s *Server) applyTaskRecurrence(it *item, patch map[string]any) *answer {
	value, given := patch["recurrence"]
	t := it.todo
	switch {
	case !given && t.due.IsZero():
		t.rec = nil // repeating needs a due date
		return nil
	case !given:
		return nil
	case value == nil:
		t.rec = nil
		return nil
	}
	rec, reason := parseRecurrence(object(value), stamp{zone: "UTC"})
	if reason == "" && s.todoZone(rec.zone) == nil {
		reason = "The following TimeZone value is not supported: '" + rec.zone + "'."
	}
	if reason != "" {
		a := invalid("ErrorPropertyValidationFailure", "%s", reason)
		return &a
	}
	loc := s.todoZone(rec.zone)
	if t.due.IsZero() {
		t.due = onClock(rec.start, loc).UTC()
	}
	day := midnight(t.due, loc)
	if !nearestDay(t.due, loc).Equal(fields(day, loc)) {
		rec.start = rec.start.AddDate(0, 0, -1)
	}
	t.due, t.rec = day, rec
	return nil
}

// nearestDay is the date whose midnight in loc is nearest, as a bare wall time.
func nearestDay(at time.Time, loc *time.Location) time.Time {
	return fields(at, loc).Add(12 * time.Hour).Truncate(24 * time.Hour)
}

// nextDay is the date after a day in the pattern, as a bare wall time.
func (r *recurrence) nextDay(day time.Time) (next time.Time, ok bool) {
	r.dates(day.AddDate(200, 0, 0), func(d time.Time) bool {
		next, ok = d, d.After(day)
		return !ok
	})
	return next, ok
}

// recur does what the service does when a recurring task is completed or gets another due date: the task itself goes on
// to its next date, and what was asked for is left in another task. Nil when there is nothing of the kind. // G-126, G-128
func (s *Server) recur(old, draft *item, patch map[string]any) (other *item) {
	if old.todo.rec == nil || draft.todo.rec == nil {
		return nil
	}
	completes := draft.props["status"] == taskCompleted && old.props["status"] != taskCompleted
	_, patterned := patch["recurrence"]
	splits := !patterned && !draft.todo.due.Equal(old.todo.due)
	if !completes && !splits {
		return nil
	}
	loc := s.todoZone(draft.todo.rec.zone)
	day := fields(old.todo.due, loc).Truncate(24 * time.Hour)
	next, ok := draft.todo.rec.nextDay(day)
	if !ok {
		draft.todo.rec = nil // it was the last date
		return nil
	}
	other = s.taskCopy(draft)
	other.todo.rec = nil
	draft.todo.roll(next, int(next.Sub(day).Hours()/24), old.todo)
	if completes {
		draft.props["status"] = "notStarted"
		draft.todo.completed, draft.todo.reminderOn = time.Time{}, old.todo.reminderOn
		for _, child := range draft.todo.checklist {
			child["isChecked"] = false
			delete(child, "checkedDateTime")
		}
	}
	return other
}

// roll goes on to the next date; from then on the dates are midnights in UTC. // G-127
func (t *todo) roll(next time.Time, days int, old *todo) {
	if !t.start.IsZero() && !old.start.IsZero() {
		t.start = next.Add(old.start.Sub(old.due)).Truncate(24 * time.Hour)
	}
	if !t.reminder.IsZero() {
		t.reminder = t.reminder.AddDate(0, 0, days)
	}
	t.due = next
	t.rec.zone = "UTC"
}

// taskCopy is a task with the content of another and no place yet. It carries the linked resource of its model and no
// extensions. // G-128
func (s *Server) taskCopy(model *item) *item {
	cp := model.clone()
	cp.id, cp.born = s.newID("AAkALgTSK"), 0
	cp.todo.open = nil
	for _, children := range [][]map[string]any{cp.todo.checklist, cp.todo.links} {
		for _, child := range children {
			child["id"] = guid(s.opts.Seed, "child", cp.id, text(child["id"]))
		}
	}
	return cp
}

// rebase is how the service writes a new recurring task again: its dates become midnights in UTC. // G-127
func (s *Server) rebase(it *item) {
	if it.kind != kindTask || it.deleted || it.todo.rec == nil {
		return
	}
	t := it.todo
	loc := s.todoZone(t.rec.zone)
	t.due = fields(t.due, loc).Truncate(24 * time.Hour)
	if !t.start.IsZero() {
		t.start = nearestDay(t.start, loc)
	}
	t.rec.zone = "UTC"
}
