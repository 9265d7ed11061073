package raynet

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
)

// slot is one of RAYNET's two places for a phone: a number and a text that says what it is for.
type slot struct {
	number record.Value
	kind   string
}

type slots [2]slot

func slotsOf(o object) slots {
	return slots{
		{record.Line(o.text("tel1")), o.text("tel1Type")},
		{record.Line(o.text("tel2")), o.text("tel2Type")},
	}
}

// class is what a phone is for.
type class string

const (
	classMobile class = "mobile"
	classHome   class = "home"
	classWork   class = "work"
)

// classOf reads what the free text beside a number means.
func classOf(kind string) class {
	kind = unaccent(strings.ToLower(kind))
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(kind, word) })
	}
	switch {
	case has("mob"):
		return classMobile
	case has("dom", "home", "priv", "soukr", "byt"):
		return classHome
	}
	return classWork
}

// classOfField is the class of the phones of a field.
func classOfField(name record.Field) class {
	switch name {
	case record.ContactMobile:
		return classMobile
	case record.ContactHome1, record.ContactHome2:
		return classHome
	}
	return classWork
}

// places are the fields in which a phone of the class is shown, the first free one first.
func (c class) places() []record.Field {
	switch c {
	case classMobile:
		return []record.Field{record.ContactMobile, record.ContactWork1, record.ContactWork2}
	case classHome:
		return []record.Field{record.ContactHome1, record.ContactHome2}
	case classWork:
	}
	return []record.Field{record.ContactWork1, record.ContactWork2}
}

// names tells for each slot the field that shows it, "" for an empty one.
func (s slots) names() [2]record.Field {
	var out [2]record.Field
	for i, one := range s {
		for _, name := range classOf(one.kind).places() {
			if one.number != "" && !slices.Contains(out[:], name) {
				out[i] = name
				break
			}
		}
	}
	return out
}

// fields are all five phones, empty where RAYNET has none, so that a number that was taken away is taken away everywhere.
func (s slots) fields() record.Fields {
	out := record.Fields{}
	for _, name := range record.Phones() {
		out[name] = ""
	}
	for i, name := range s.names() {
		if name != "" {
			out[name] = s[i].number
		}
	}
	return out
}

// with puts changed phones into the slots: a number that is shown keeps its slot and its type, a new one takes a free slot, and
// one that finds none is left out. kindOf gives the type of a class.
func (s slots) with(changes record.Fields, kindOf func(class) string) slots {
	now, names := s, s.names()
	wanted := [2]record.Field{}
	for i, name := range names {
		number, changed := changes[name]
		switch {
		case !changed:
			wanted[i] = name
		case number == "":
			now[i] = slot{}
		default:
			now[i].number, wanted[i] = number, name
		}
	}
	for _, name := range record.Phones() {
		free := slices.Index(wanted[:], "")
		if number := changes[name]; number != "" && free >= 0 && !slices.Contains(names[:], name) {
			now[free], wanted[free] = slot{number, kindOf(classOfField(name))}, name
		}
	}
	for i, name := range now.names() { // a second mobile is shown as work: without the first one its type must say so
		if name != wanted[i] && wanted[i] != "" && classOf(now[i].kind) != classOfField(wanted[i]) {
			now[i].kind = kindOf(classOfField(wanted[i]))
		}
	}
	if turned := (slots{now[1], now[0]}); now.names() != wanted && turned.names() == [2]record.Field{wanted[1], wanted[0]} {
		return turned
	}
	return now
}

// phoneTypes are the texts that this RAYNET offers beside a phone.
type phoneTypes struct {
	client *Client

	mu    sync.Mutex
	texts []string  // guarded by mu
	at    time.Time // guarded by mu
}

// phoneTypesAge is how long the code list is believed.
const phoneTypesAge = 24 * time.Hour

// of returns the text that means the class: the usual one if the code list has it or has nothing for the class, else the first
// of the list that means it. The types are a nicety, so a list that cannot be read is done without.
func (p *phoneTypes) of(ctx context.Context, wanted class) string {
	usual := map[class]string{classMobile: "mobil", classHome: "domů", classWork: "pevná linka"}[wanted]
	texts := p.list(ctx)
	if wanted == classWork || slices.Contains(texts, usual) {
		return usual
	}
	for _, text := range texts {
		if classOf(text) == wanted {
			return text
		}
	}
	return usual
}

func (p *phoneTypes) list(ctx context.Context) []string {
	const doing = "list the types of phones"
	now := p.client.config.Now()
	p.mu.Lock()
	texts, fresh := p.texts, !p.at.IsZero() && now.Sub(p.at) < phoneTypesAge
	p.mu.Unlock()
	if fresh {
		return texts
	}
	texts = nil
	response, err := p.client.get(ctx, doing, "telType/", param{"limit", "1000"})
	if err == nil {
		var rows []struct {
			Text string `json:"code01"`
		}
		var e envelope
		if e, err = open(doing, response.Body); err == nil && e.Data.Kind() == jsontext.KindBeginArray {
			err = decode(doing, e.Data, &rows)
		}
		for _, row := range rows {
			texts = append(texts, row.Text)
		}
	}
	if err == nil || optional(err) {
		p.mu.Lock()
		p.texts, p.at = texts, now
		p.mu.Unlock()
	}
	return texts
}
