package scenario

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
)

// inMailbox counts the events, contacts or tasks of a mailbox.
func inMailbox(typ string) func(*world, []string, []string) error {
	return func(w *world, a []string, _ []string) error {
		p, err := w.who(a[0])
		if err != nil {
			return err
		}
		return amount("the mailbox of "+p.name, w.countInOutlook(p, typ), a[1])
	}
}

// wants are the lines that say what must be so now.
func wants() []statement {
	return []statement{
		{"WANT in RAYNET no {title}", func(w *world, a []string, _ []string) error {
			return count("RAYNET", a[0], len(w.allInRaynet(a[0])), 0)
		}},
		{"WANT in RAYNET {n} activities", func(w *world, a []string, _ []string) error {
			return amount("RAYNET", len(w.raynet.All("activity")), a[0])
		}},
		{"WANT in RAYNET {n} persons", func(w *world, a []string, _ []string) error { return amount("RAYNET", w.countInRaynet("person"), a[0]) }},
		{"WANT in RAYNET {n} tasks", func(w *world, a []string, _ []string) error { return amount("RAYNET", w.countInRaynet("task"), a[0]) }},
		{"WANT in RAYNET: {what}", func(w *world, a []string, _ []string) error { return w.wantInRaynet(a[0]) }},
		{"WANT in Outlook of {who} no {title}", func(w *world, a []string, _ []string) error {
			p, err := w.who(a[0])
			if err != nil {
				return err
			}
			return count("the mailbox of "+p.name, a[1], len(w.allInOutlook(p, a[1])), 0)
		}},
		{"WANT in Outlook of {who} {n} events", inMailbox("event")},
		{"WANT in Outlook of {who} {n} contacts", inMailbox("contact")},
		{"WANT in Outlook of {who} {n} tasks", inMailbox("task")},
		{"WANT in Outlook of {who}: {what}", func(w *world, a []string, _ []string) error { return w.wantInOutlook(a[0], a[1]) }},
		{"WANT date {date} of {title} of {who}: {what}", func(w *world, a []string, _ []string) error { return w.wantDate(a[0], a[1], a[2], a[3]) }},
		{"WANT {title} of {who} is {what}", func(w *world, a []string, _ []string) error { return w.wantLink(a[1], a[0], a[2]) }},
		{"WANT {title} of {who} waits: {what}", func(w *world, a []string, _ []string) error { return w.wantWork(a[1], a[0], a[2]) }},
		{"WANT {title} of {who} is left out: {what}", func(w *world, a []string, _ []string) error { return w.wantAside(a[1], a[0], a[2]) }},
		{"WANT JOURNAL", func(w *world, _ []string, block []string) error { return w.wantJournal(block) }},
		{"WANT MAILS none", func(w *world, _ []string, _ []string) error { return w.noMail() }},
		{"WANT NOTHING WRITTEN", func(w *world, _ []string, _ []string) error {
			if w.last.written != 0 {
				return fmt.Errorf("the last synchronisation made %d writes", w.last.written)
			}
			return nil
		}},
		{"WANT REQUESTS to RAYNET {n}", func(w *world, a []string, _ []string) error { return amount("requests to RAYNET", w.last.raynet, a[0]) }},
		{"WANT REQUESTS to Graph {n}", func(w *world, a []string, _ []string) error { return amount("requests to Graph", w.last.graph, a[0]) }},
		{"WANT at most {n} REQUESTS to RAYNET", func(w *world, a []string, _ []string) error { return atMost(w.last.raynet, a[0]) }},
		{"WANT at most {n} REQUESTS to Graph", func(w *world, a []string, _ []string) error { return atMost(w.last.graph, a[0]) }},
		{"WANT TROUBLE {word}", func(w *world, a []string, _ []string) error { return w.wantTrouble(a[0]) }},
		{"WANT PAIR of {who} {word}", func(w *world, a []string, _ []string) error { return w.wantPair(a[0], record.Calendar, a[1], "") }},
		{"WANT PAIR of {who} {word} ({word})", func(w *world, a []string, _ []string) error { return w.wantPair(a[0], record.Calendar, a[1], a[2]) }},
		{"WANT PAIR of {who} for {word} {word}", func(w *world, a []string, _ []string) error { return w.wantPair(a[0], record.Kind(a[1]), a[2], "") }},
		{"WANT PAIR of {who} for {word} {word} ({word})", func(w *world, a []string, _ []string) error {
			return w.wantPair(a[0], record.Kind(a[1]), a[2], a[3])
		}},
		{"WANT {title} NOWHERE in database and log", func(w *world, a []string, _ []string) error { return w.wantNowhere(a[0]) }},
		{"WANT {title} NOWHERE in RAYNET", func(w *world, a []string, _ []string) error { return w.wantNotInRaynet(a[0]) }},
		{"WANT {title} NOWHERE in Outlook of {who}", func(w *world, a []string, _ []string) error { return w.wantNotInOutlook(a[0], a[1]) }},
		{"WANT {title} NOWHERE in the journal", func(w *world, a []string, _ []string) error { return w.wantNotInJournal(a[0]) }},
		{"WANT IN THE JOURNAL {title}", func(w *world, a []string, _ []string) error {
			if w.wantNotInJournal(a[0]) == nil {
				return fmt.Errorf("the journal does not hold %q", a[0])
			}
			return nil
		}},
		{"THE END IS OPEN", func(w *world, _ []string, _ []string) error {
			w.restless = true
			return nil
		}},
	}
}

func count(where, title string, got, want int) error {
	if got != want {
		return fmt.Errorf("%s has %d called %q, want %d", where, got, title, want)
	}
	return nil
}

func amount(what string, got int, want string) error {
	n, err := strconv.Atoi(want)
	if err == nil && n != got {
		err = fmt.Errorf("%s: %d, want %d", what, got, n)
	}
	return err
}

func atMost(got int, want string) error {
	if most, err := strconv.Atoi(want); err != nil || got > most {
		return fmt.Errorf("there were %d", got)
	}
	return nil
}

func (w *world) wantPlan(block []string) error {
	outcomes, err := w.dry()
	if err != nil {
		return err
	}
	var got []string
	for _, p := range w.people {
		for _, kind := range p.kinds {
			outcome := outcomes[p.pairs[kind]]
			for _, step := range outcome.Planned {
				if words := w.stepWords(record.SchemaOf(kind), step); words != "" {
					got = append(got, p.name+": "+words)
				}
			}
			if halt := outcome.Halted; halt != nil {
				got = append(got, p.name+": halt ("+halt.Reason+")")
			}
		}
	}
	return sameLines("the plan", block, got)
}

// wantLink compares the state of a link: "linked", "released (left-window)", "linked read-only", "not linked".
func (w *world) wantLink(who, title, want string) error {
	p, err := w.who(who)
	if err == nil {
		err = w.start()
	}
	if err != nil {
		return err
	}
	if reason, found := strings.CutPrefix(want, "left out: "); found {
		return w.wantAside(who, title, reason)
	}
	var links []journal.Link
	for _, id := range p.all() {
		found, err := w.store.Links(w.ctx, id, w.refsOf(title))
		if err != nil {
			return err
		}
		links = append(links, found...)
	}
	var got []string
	for _, link := range links {
		state := string(link.State)
		if link.ReadOnly {
			state += " read-only"
		}
		if link.Reason != "" {
			state += " (" + link.Reason + ")"
		}
		got = append(got, state)
	}
	if len(got) == 0 {
		got = []string{"not linked"}
	}
	if !slices.Contains(got, want) {
		return fmt.Errorf("it is %s", strings.Join(got, " and "))
	}
	return nil
}

func (w *world) wantWork(who, title, want string) error {
	p, err := w.who(who)
	if err == nil {
		err = w.start()
	}
	if err != nil {
		return err
	}
	all, err := w.work(p)
	if err != nil {
		return err
	}
	got := "nothing"
	for _, work := range all {
		if slices.Contains(w.refsOf(title), work.Ref) {
			got = fmt.Sprintf("%s (%s)", work.Why, work.Reason)
			if got == want {
				return nil
			}
		}
	}
	if want == "nothing" && got == "nothing" {
		return nil
	}
	return fmt.Errorf("it waits: %s", got)
}

func (w *world) wantAside(who, title, want string) error {
	p, err := w.who(who)
	if err == nil {
		err = w.start()
	}
	if err != nil {
		return err
	}
	var got []string
	for _, id := range p.all() {
		asides, err := w.store.Asides(w.ctx, id, w.refsOf(title))
		if err != nil {
			return err
		}
		for _, aside := range asides {
			got = append(got, string(aside.Rule))
		}
	}
	if !slices.Contains(got, want) {
		return fmt.Errorf("it is left out by %v", got)
	}
	return nil
}

// entries lists the journal from its beginning.
func (w *world) entries() ([]journal.Entry, error) {
	if err := w.start(); err != nil {
		return nil, err
	}
	entries, err := w.store.Journal(w.ctx, store.JournalFilter{Limit: 10_000})
	slices.SortFunc(entries, func(a, b journal.Entry) int { return int(a.ID - b.ID) })
	return entries, err
}

// wantJournal compares what the journal tells since the story last asked.
func (w *world) wantJournal(block []string) error {
	entries, err := w.entries()
	if err != nil {
		return err
	}
	var got []string
	for _, e := range entries {
		if e.ID > w.told {
			if words := w.entryWords(e); words != "" {
				got = append(got, words)
			}
		}
	}
	if len(entries) > 0 {
		w.told = entries[len(entries)-1].ID
	}
	return sameLines("the journal", block, got)
}

func (w *world) noMail() error {
	if mails := w.outlook.Mails(); len(mails) > 0 {
		return fmt.Errorf("%s about %q would have gone to %v", mails[0].Kind, mails[0].Subject, mails[0].To)
	}
	return nil
}

func (w *world) wantTrouble(kind string) error {
	var got []string
	for _, err := range w.last.errs {
		got = append(got, string(remote.KindOf(err)))
	}
	if kind == "none" && len(got) == 0 || slices.Contains(got, kind) {
		return nil
	}
	return fmt.Errorf("there was %v: %v", got, w.last.errs)
}

func (w *world) wantPair(who string, kind record.Kind, state, reason string) error {
	p, err := w.who(who)
	if err == nil {
		err = w.start()
	}
	if err != nil {
		return err
	}
	pair, err := w.store.Pair(w.ctx, p.pairs[kind])
	if err != nil {
		return err
	}
	if string(pair.State) != state || pair.Reason != reason {
		return fmt.Errorf("it is %s (%s)", pair.State, pair.Reason)
	}
	return nil
}

// wantNowhere reads every file of the database, and the log, letter by letter.
func (w *world) wantNowhere(canary string) error {
	files, err := os.ReadDir(w.dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		content, err := os.ReadFile(w.dir + "/" + file.Name())
		if err != nil {
			return err
		}
		if strings.Contains(string(content), canary) {
			return fmt.Errorf("the file %s holds it", file.Name())
		}
	}
	if strings.Contains(w.log.String(), canary) {
		return fmt.Errorf("the log holds it")
	}
	return nil
}

func (w *world) wantNotInRaynet(canary string) error {
	for _, a := range w.everythingInRaynet() {
		if err := silent(a, canary); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) wantNotInOutlook(canary, who string) error {
	p, err := w.who(who)
	if err != nil {
		return err
	}
	for _, e := range w.everythingInOutlook(p) {
		if err := silent(e, canary); err != nil {
			return err
		}
	}
	return nil
}

// silent fails if a thing holds a text anywhere.
func silent(a map[string]any, canary string) error {
	whole, err := json.Marshal(a)
	if err == nil && strings.Contains(string(whole), canary) {
		err = fmt.Errorf("it is held by: %s", whole)
	}
	return err
}

func (w *world) wantNotInJournal(canary string) error {
	entries, err := w.entries()
	if err != nil {
		return err
	}
	for _, e := range entries {
		for _, c := range e.Changes {
			if strings.Contains(string(c.Before), canary) || strings.Contains(string(c.After), canary) {
				return fmt.Errorf("the entry %q holds it: %v", e.Event, c)
			}
		}
	}
	return nil
}

// always is what holds at the end of every story: nobody was mailed, nothing was deleted in RAYNET, the log has no word of what
// people wrote, and a complete look at the world writes nothing.
func (w *world) always() error {
	if err := w.noMail(); err != nil {
		return fmt.Errorf("I6: %w", err)
	}
	for _, write := range w.raynet.History() {
		if write.Source == "api" && write.Op == "delete" {
			return fmt.Errorf("I5: we deleted %s %d in RAYNET", write.Entity, write.ID)
		}
	}
	for _, title := range w.titles {
		if len(title) > 3 && strings.Contains(w.log.String(), title) {
			return fmt.Errorf("I7: the log holds the title %q", title)
		}
	}
	if w.restless {
		return nil
	}
	if err := w.lookAtEverything(false); err != nil {
		return err
	}
	if w.last.written != 0 {
		return fmt.Errorf("I1, I8: a complete look at a quiet world made %d writes", w.last.written)
	}
	return nil
}

// ownText is what a person wrote in a body of an event.
func ownText(e map[string]any) string {
	return string(record.ParseBody(stage.Text(stage.Object(e["body"])["content"])).Own)
}
