package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"raynetsync/internal/admin"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
	"raynetsync/internal/remote/outlook"
)

// decisions are the lines in which the administrator looks at what waits for a person, decides, and takes a decision back.
func decisions() []statement {
	return []statement{
		{"THE ADMINISTRATOR LOOKS", func(w *world, _ []string, _ []string) error { return w.lookAtReview() }},
		{"THE ADMINISTRATOR DECIDES about {title} of {who}: {what}", func(w *world, a []string, _ []string) error {
			return w.decide(a[1], a[0], a[2], "")
		}},
		{"THE ADMINISTRATOR DECIDES, IF IT WAITS, about {title} of {who}: {what}", func(w *world, a []string, _ []string) error {
			return w.decideStill(a[1], a[0], a[2])
		}},
		{"THE ADMINISTRATOR DECIDES about {who}: {what}", func(w *world, a []string, _ []string) error { return w.decide(a[0], "", a[1], "") }},
		{"THE ADMINISTRATOR IS REFUSED ({word}) about {title} of {who}: {what}", func(w *world, a []string, _ []string) error {
			return w.decide(a[2], a[1], a[3], a[0])
		}},
		{"THE ADMINISTRATOR IS REFUSED ({word}) about {who}: {what}", func(w *world, a []string, _ []string) error {
			return w.decide(a[1], "", a[2], a[0])
		}},
		{"THE ADMINISTRATOR TAKES THAT BACK", func(w *world, _ []string, _ []string) error { return w.takeBack() }},
		{"THE ADMINISTRATOR PAUSES {who}", func(w *world, a []string, _ []string) error { return w.pause(a[0], true) }},
		{"THE ADMINISTRATOR RESUMES {who}", func(w *world, a []string, _ []string) error { return w.pause(a[0], false) }},
		{"WANT REVIEW", func(w *world, _ []string, block []string) error { return w.wantReview(block) }},
		{"WANT REVIEW of hidden things", func(w *world, _ []string, block []string) error { return w.wantReview(block, admin.ReviewHidden) }},
		{"WANT DECIDED {word} by {who}", func(w *world, a []string, _ []string) error { return w.wantDecided(a[0], a[1]) }},
	}
}

// administrator is the name under which decisions are made.
const administrator = "Alena"

// office returns the use-cases of people on the running product.
func (w *world) office() (*admin.Admin, error) {
	if err := w.start(); err != nil {
		return nil, err
	}
	client, _ := w.conn.Engine.Outlook.(*outlook.Client)
	return &admin.Admin{Connection: w.conn, Store: w.store, Outlook: client, Now: w.clock.Now, NewID: w.newID,
		Settings: admin.Settings{Rules: func(p journal.Pair) pair.Rules { return w.rules[p.Kind] }, Zone: home}}, nil
}

// lookAtReview remembers what waits for a person, as it is shown now.
func (w *world) lookAtReview(what ...string) error {
	office, err := w.office()
	if err != nil {
		return err
	}
	w.reviewed = nil
	for after := ""; ; {
		page, next, err := office.Reviews(w.ctx, admin.ReviewOptions{After: after, What: what, Limit: 7})
		if err != nil {
			return err
		}
		w.reviewed = append(w.reviewed, page...)
		if next == "" {
			return nil
		}
		after = next
	}
}

// decide decides about something as it was shown when the administrator looked last. refused is the code of the refusal that is
// wanted, empty if it must be done.
func (w *world) decide(who, title, said, refused string) error {
	office, err := w.office()
	if err != nil {
		return err
	}
	p, err := w.who(who)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(w.reviewed, func(it admin.ReviewItem) bool {
		return it.User == p.login && (title == "" && it.Raynet == nil && it.Outlook == nil || title != "" && w.named(it, title))
	})
	if at < 0 {
		return fmt.Errorf("the administrator saw nothing of the kind when he looked last")
	}
	d, err := decision(w.reviewed[at], said)
	if err != nil {
		return err
	}
	w.begin()
	defer w.end()
	before := w.writes()
	if _, err := office.Decide(w.ctx, d, true); err == nil && refused != "" {
		return fmt.Errorf("a dry run refuses nothing")
	}
	if n := w.writes() - before; n > 0 {
		return fmt.Errorf("a dry run made %d writes", n)
	}
	report, err := office.Decide(w.ctx, d, false)
	failure, ok := errors.AsType[*admin.Failure](err)
	switch {
	case refused == "" && err != nil:
		return err
	case refused == "":
		w.decided = report.Cycles[0].Run
		for _, wrong := range report.Cycles[0].Errors {
			return fmt.Errorf("decide: %s %s", wrong.Kind, wrong.Text)
		}
	case !ok || failure.Code != refused:
		return fmt.Errorf("the decision was answered with %w, want the refusal %q", errors.Join(err, errors.New("that")), refused)
	}
	return nil
}

// decideStill looks, and decides about something if it waits.
func (w *world) decideStill(who, title, said string) error {
	if err := w.lookAtReview(admin.ReviewHidden); err != nil {
		return err
	}
	hidden := w.reviewed
	if err := w.lookAtReview(); err != nil {
		return err
	}
	w.reviewed = append(w.reviewed, hidden...)
	if !slices.ContainsFunc(w.reviewed, func(it admin.ReviewItem) bool { return w.named(it, title) }) {
		return nil
	}
	return w.decide(who, title, said, "")
}

// named reports whether something is called so: by a title that it shows, or the last one that was seen of it.
func (w *world) named(it admin.ReviewItem, title string) bool {
	for _, side := range []*admin.ReviewSide{it.Raynet, it.Outlook} {
		if side == nil {
			continue
		}
		if side.Title == title {
			return true
		}
		for ref, name := range w.titles { // any order: one is enough
			if ref.String() == side.Ref && name == title && side.Title == "" {
				return true
			}
		}
	}
	return false
}

// decision reads "raynet", "link 2" and "fields: subject Outlook, place RAYNET".
func decision(it admin.ReviewItem, said string) (admin.Decision, error) {
	choice, rest, _ := strings.Cut(said, " ")
	d := admin.Decision{ID: it.ID, Seen: it.Seen, Choice: strings.TrimSuffix(choice, ":"), By: administrator}
	if d.Choice != admin.ChoiceFields {
		d.Candidate = rest
		return d, nil
	}
	d.Fields = map[record.Field]record.Side{}
	for _, part := range strings.Split(rest, ", ") {
		field, side, ok := strings.Cut(part, " ")
		if !ok {
			return d, fmt.Errorf("%q: say whose value is taken", part)
		}
		d.Fields[record.Field(field)] = record.Side(strings.ToLower(side))
	}
	return d, nil
}

// takeBack undoes the latest decision.
func (w *world) takeBack() error {
	office, err := w.office()
	if err != nil {
		return err
	}
	w.begin()
	defer w.end()
	w.clock.Advance(grace)
	report, err := office.Undo(w.ctx, w.decided, administrator)
	if err == nil && len(report.Cycles[0].Errors) > 0 {
		err = fmt.Errorf("undo: %+v", report.Cycles[0].Errors)
	}
	return err
}

func (w *world) pause(who string, stop bool) error {
	office, err := w.office()
	if err != nil {
		return err
	}
	p, err := w.who(who)
	if err != nil {
		return err
	}
	if stop {
		_, err = office.Pause(w.ctx, p.login, nil, administrator)
	} else {
		_, err = office.Resume(w.ctx, p.login, nil, administrator)
	}
	return err
}

// wantReview compares what waits for a person with a block.
func (w *world) wantReview(block []string, what ...string) error {
	if err := w.lookAtReview(what...); err != nil {
		return err
	}
	var got []string
	for _, it := range w.reviewed {
		got = append(got, w.reviewWords(it))
	}
	if err := w.countReview(what); err != nil {
		return err
	}
	return sameLines("the review", block, got)
}

// countReview compares the cheap count with what is listed, and wants it to ask nobody.
func (w *world) countReview(what []string) error {
	if len(what) > 0 {
		return nil
	}
	office, err := w.office()
	if err != nil {
		return err
	}
	w.begin()
	counts, err := office.ReviewCount(w.ctx)
	w.end()
	if err != nil {
		return err
	}
	all := 0
	for _, n := range counts.By { // any order: a sum
		all += n
	}
	if all != len(w.reviewed) || w.last.raynet+w.last.graph > 0 {
		return fmt.Errorf("%d things are counted with %d requests, and %d are listed", all, w.last.raynet+w.last.graph, len(w.reviewed))
	}
	return nil
}

// reviewWords says what an item shows.
func (w *world) reviewWords(it admin.ReviewItem) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", w.nameOfLogin(it.User), it.What)
	for _, side := range []*admin.ReviewSide{it.Raynet, it.Outlook} {
		if side != nil {
			word := fmt.Sprintf("%q", side.Title)
			if side.State != admin.SidePresent {
				word = side.State
			}
			fmt.Fprintf(&b, " %s", word)
		}
	}
	fmt.Fprintf(&b, " (%s)", it.Reason)
	if it.Plan != nil {
		fmt.Fprintf(&b, " %d removals %d changes of %d", it.Plan.Removals, it.Plan.Changes, it.Plan.Linked)
		for _, step := range it.Plan.Steps {
			fmt.Fprintf(&b, " %s %q", step.Op, step.Title)
		}
	}
	for _, f := range it.Fields {
		if f.Asks {
			fmt.Fprintf(&b, " %s %q | %q", f.Field, short(string(f.Raynet)), short(string(f.Outlook)))
		}
	}
	for _, c := range it.Candidates {
		fmt.Fprintf(&b, " fits %q (%s)", c.Title, strings.Join(c.Common, ", "))
		if !c.Able {
			b.WriteString(" not free")
		}
	}
	if it.Trouble != "" {
		b.WriteString(" trouble " + it.Trouble)
	}
	return b.String() + ": " + strings.Join(it.Choices, ", ")
}

func (w *world) nameOfLogin(login string) string {
	for _, p := range w.people {
		if p.login == login {
			return p.name
		}
	}
	return login
}

// wantDecided wants the journal to tell of a decision and who made it.
func (w *world) wantDecided(choice, by string) error {
	office, err := w.office()
	if err != nil {
		return err
	}
	entries, err := office.Journal(w.ctx, admin.JournalOptions{Run: w.decided})
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Event == journal.Decided && e.Reason == choice && e.Author == by {
			return nil
		}
	}
	return fmt.Errorf("the journal tells of no such decision: %+v", entries)
}
