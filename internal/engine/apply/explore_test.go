package apply_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// deviation is a choice other than the ordinary one.
type deviation struct{ at, option int }

// choices answers the questions of one history: the deviations where they belong, everything else goes well.
type choices struct {
	deviations []deviation
	options    []int // of each question that was asked
	over       bool
}

func (c *choices) take(options int) int {
	if c.over || len(c.options) >= choicePoints {
		return 0
	}
	at := len(c.options)
	c.options = append(c.options, options)
	for _, d := range c.deviations {
		if d.at == at && d.option < options {
			return d.option
		}
	}
	return 0
}

// end makes everything go well from here on.
func (c *choices) end() { c.over = true }

// scenario is how a history begins.
type scenario struct {
	name    string
	tail    bool // RAYNET takes the key with a second call only
	prepare func(*history)
}

var values0 = record.Fields{first: "subject", second: "place"}

func scenarios() []scenario {
	linkThem := func(h *history) (raynet, outlook *thing) {
		raynet, outlook = h.raynet.add(values0), h.outlook.add(values0)
		outlook.copied, outlook.stamp = true, &remote.Stamp{Source: raynet.ref, Mailbox: mailbox, Op: "op000"}
		shown := digester().Fields(values0)
		h.store.links["link"] = journal.Link{
			ID: "link", Pair: pairID, State: journal.Linked, Origin: record.Raynet, Owner: true,
			Raynet:  journal.Half{Ref: raynet.ref, Version: "0", Shown: shown.Clone()},
			Outlook: journal.Half{Ref: outlook.ref, Version: `"0"`, Shown: shown.Clone()},
		}
		return raynet, outlook
	}
	write := func(h *history, on *thing, value record.Value) {
		on.fields[second], on.version = value, on.version+1
		h.edits = append(h.edits, edit{thing: on, field: second, value: value})
	}
	return []scenario{
		{name: "create in Outlook", prepare: func(h *history) { h.raynet.add(values0) }},
		{name: "create in RAYNET, key inline", prepare: func(h *history) { h.outlook.add(values0) }},
		{name: "create in RAYNET, key by a second call", tail: true, prepare: func(h *history) { h.outlook.add(values0) }},
		{name: "update in Outlook", prepare: func(h *history) {
			raynet, _ := linkThem(h)
			write(h, raynet, "moved in RAYNET")
		}},
		{name: "update in RAYNET", prepare: func(h *history) {
			_, outlook := linkThem(h)
			write(h, outlook, "moved in Outlook")
		}},
		{name: "clash", prepare: func(h *history) {
			raynet, outlook := linkThem(h)
			write(h, raynet, "moved in RAYNET")
			write(h, outlook, "moved in Outlook")
		}},
		{name: "delete", prepare: func(h *history) {
			raynet, _ := linkThem(h)
			raynet.gone, h.deleted[record.Raynet] = true, true
			h.store.work[raynet.ref] = journal.Work{Pair: pairID, Ref: raynet.ref, Why: journal.WhyAbsent, Tries: 1, Since: begin, RetryAt: begin}
		}},
		{name: "link after the database was lost", prepare: func(h *history) {
			h.lost = true
			raynet := h.raynet.add(values0)
			outlook := h.outlook.add(record.Fields{first: "subject", second: "another place"})
			outlook.copied, outlook.stamp = true, &remote.Stamp{Source: raynet.ref, Mailbox: mailbox, Op: "op000"}
		}},
	}
}

// count adds up what the histories of a scenario went through.
type count struct{ histories, crashes, residue, held, blind int }

// explore lives every history with at most depth deviations, and reports the first few that end badly.
func explore(t *testing.T, s scenario, depth int) count {
	var total count
	var bad []string
	var live func(deviations []deviation, depth int)
	live = func(deviations []deviation, depth int) {
		h := newHistory(&choices{deviations: deviations}, s)
		h.live()
		h.check()
		total.histories++
		total.crashes += h.crashes
		total.residue += min(h.residue, 1)
		total.held += min(h.held, 1)
		if h.store.tells(journal.BlindOverwrite) {
			total.blind++
		}
		if len(h.wrong) > 0 && len(bad) < 3 {
			bad = append(bad, fmt.Sprintf("%s\ndeviations %v\n  %s", strings.Join(h.wrong, "\n"), deviations, strings.Join(h.trace, "\n  ")))
		}
		if depth == 0 || len(bad) == 3 {
			return
		}
		from := 0
		if n := len(deviations); n > 0 {
			from = deviations[n-1].at + 1
		}
		for at := from; at < len(h.choices.options); at++ {
			for option := 1; option < h.choices.options[at]; option++ {
				live(append(deviations[:len(deviations):len(deviations)], deviation{at, option}), depth-1)
			}
		}
	}
	live(nil, depth)
	for _, text := range bad {
		t.Error(text)
	}
	return total
}

// Whatever goes wrong, and whatever people do meanwhile: at the end there is one counterpart, nothing that a person deleted is
// back, and every value that a person wrote is there or in the journal.
func TestEveryHistory(t *testing.T) {
	t.Parallel()
	room := make(chan struct{}, runtime.GOMAXPROCS(0))
	var mu sync.Mutex
	var total count
	t.Run("scenarios", func(t *testing.T) {
		for _, s := range scenarios() {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				room <- struct{}{}
				defer func() { <-room }()
				n := explore(t, s, depth)
				mu.Lock()
				defer mu.Unlock()
				t.Logf("%+v", n)
				total.histories += n.histories
				total.crashes += n.crashes
				total.residue += n.residue
				total.held += n.held
				total.blind += n.blind
				if n.histories < 50 {
					t.Errorf("only %d histories: the scenario asks for nothing", n.histories)
				}
			})
		}
	})
	t.Logf("all: %+v", total)
}

// check judges the end of a history.
func (h *history) check() {
	for op := range h.store.intents {
		h.fail("intent %s is still open", op)
	}
	raynet, outlook := h.raynet.living(), h.outlook.living()
	unsure := h.residue > 0 || h.held > 0
	if (len(raynet) > 1 || len(outlook) > 1) && h.held == 0 {
		h.fail("%d records and %d items stand for one thing", len(raynet), len(outlook))
	}
	for side, living := range map[record.Side][]*thing{record.Raynet: raynet, record.Outlook: outlook} {
		if h.deleted[side] && len(living) > 0 && !unsure && !(h.lost && side == record.Outlook) {
			h.fail("what a person deleted in %s is back", side)
		}
	}
	for i, edit := range h.edits {
		h.checkEdit(i, edit)
	}
	if len(h.deleted) > 0 || h.held > 0 {
		return
	}
	if len(raynet) != 1 || len(outlook) != 1 || len(h.store.links) != 1 {
		h.fail("nothing was deleted, and there are %d records, %d items, %d links", len(raynet), len(outlook), len(h.store.links))
		return
	}
	for _, link := range h.store.links {
		if link.State != journal.Linked || link.Raynet.Ref != raynet[0].ref || link.Outlook.Ref != outlook[0].ref {
			h.fail("they are not linked: %+v", link)
		}
	}
	for _, spec := range schema().Fields {
		if raynet[0].fields[spec.Name] != outlook[0].fields[spec.Name] {
			h.fail("%s differs: %q and %q", spec.Name, raynet[0].fields[spec.Name], outlook[0].fields[spec.Name])
		}
	}
}

// checkEdit finds the value that a person wrote: on a side, in the journal, or replaced by a person who saw it.
func (h *history) checkEdit(i int, e edit) {
	for _, service := range []*service{&h.raynet, &h.outlook} {
		for _, thing := range service.living() {
			if thing.fields[e.field] == e.value {
				return
			}
		}
	}
	for _, later := range h.edits[i+1:] {
		if later.thing == e.thing && later.field == e.field {
			return
		}
	}
	if h.deleted[e.thing.ref.Side] || h.store.keeps(e.value) || h.store.tells(journal.BlindOverwrite) {
		return
	}
	h.fail("%q, which a person wrote in %s, is nowhere", e.value, e.thing.ref.Side)
}
