package alert

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
	"time"

	"raynetsync/internal/locale"
)

// Composer puts messages into words. Both members are needed.
type Composer struct {
	Texts *locale.Texts
	Zone  *time.Location
}

// Words are a message in words.
type Words struct {
	Subject string // one line
	Plain   string
	HTML    string // a whole page without anything from elsewhere
}

// letter is a message before it becomes text or HTML.
type letter struct {
	Lang, Subject, Intro string
	Parts                []part
	Link, LinkText, End  string
}

// part has a headline and entries.
type part struct {
	Head    string
	Entries []entry
}

// entry is one thing: what it is, why, whom it concerns, what to do.
type entry struct {
	Title, Why string
	Lines      []string
	Do         string
}

// maxLines is how many users one entry names; the rest is counted.
const maxLines = 25

// Compose puts a message into words.
func (c Composer) Compose(m Message) Words {
	l := letter{Lang: c.Texts.Lang(), Link: m.URL, LinkText: c.t("link", nil), End: c.t("end", nil)}
	switch m.Kind {
	case Test:
		l.Subject, l.Intro = c.t("subject-test", nil), c.t("intro-test", nil)
	case WeekDigest:
		c.digest(&l, m)
	default:
		l.Subject, l.Intro = c.subject(m.Items), c.t("intro", nil)
		for _, state := range []State{Begun, Still, Over} {
			if entries := c.entries(m.Items, state); len(entries) > 0 {
				l.Parts = append(l.Parts, part{c.t("head-"+string(state), nil), entries})
			}
		}
	}
	return Words{Subject: l.Subject, Plain: l.plain(), HTML: l.html()}
}

func (c Composer) t(code string, args map[string]any) string { return c.Texts.T("alert."+code, args) }

func (c Composer) n(code string, count int, args map[string]any) string {
	return c.Texts.N("alert."+code, count, args)
}

// subject tells the most urgent: what is new by its name if it is one thing, else how many things there are.
func (c Composer) subject(items []Item) string {
	counts := map[State]int{}
	for _, item := range items {
		counts[item.State]++
	}
	for _, state := range []State{Begun, Still, Over} {
		entries := c.entries(items, state)
		switch {
		case len(entries) == 1:
			return c.t("subject-one-"+string(state), map[string]any{"Title": entries[0].Title})
		case len(entries) > 1:
			return c.n("subject-"+string(state), counts[state], nil)
		}
	}
	return c.t("subject-test", nil)
}

// entries joins the items of a state that differ in nothing but whom they concern, in the order in which they come.
func (c Composer) entries(items []Item, state State) []entry {
	type same struct {
		code, reason string
		count        int
	}
	var out []entry
	at, more := map[same]int{}, map[int]int{}
	for _, item := range items {
		if item.State != state {
			continue
		}
		key := same{code: item.Code, reason: item.Reason}
		if item.User == "" {
			key.count = item.Count
		}
		i, known := at[key]
		if !known {
			i = len(out)
			at[key] = i
			out = append(out, c.entry(item))
		}
		if len(out[i].Lines) < maxLines {
			out[i].Lines = append(out[i].Lines, c.line(item))
		} else {
			more[i]++
		}
	}
	for i, count := range more {
		out[i].Lines = append(out[i].Lines, c.n("more", count, nil))
	}
	return out
}

func (c Composer) entry(item Item) entry {
	e := entry{Title: c.title(item)}
	if item.State == Over {
		return e
	}
	if item.Reason != "" && c.Texts.Has("reason."+item.Reason) {
		e.Why = c.Texts.T("reason."+item.Reason, nil)
	}
	if change := "reason-change." + item.Reason; item.Reason != "" && c.Texts.Has(change) {
		e.Do = c.Texts.T(change, nil)
		return e
	}
	e.Do = c.t("todo-"+item.Code, nil)
	return e
}

// title is what an item is called, for people.
func (c Composer) title(item Item) string {
	code := "title-" + item.Code
	switch {
	case item.State == Over && c.Texts.Has("alert."+code+"-over"):
		return c.t(code+"-over", nil)
	case item.Reason != "" && c.Texts.Has("alert."+code+"-"+item.Reason):
		return c.t(code+"-"+item.Reason, nil)
	case c.Texts.Has("alert." + code + "-count"):
		return c.n(code+"-count", item.Count, nil)
	}
	return c.t(code, nil)
}

// line tells whom an item concerns and since when.
func (c Composer) line(item Item) string {
	var words []string
	if item.User != "" {
		words = append(words, item.User)
	}
	if item.Of != "" {
		words = append(words, c.Texts.T("kind."+item.Of, nil))
	}
	if item.User != "" && item.Count > 0 {
		words = append(words, c.Texts.N("count.records", item.Count, nil))
	}
	if item.Reason != "" && item.User == "" && !c.Texts.Has("alert.title-"+item.Code+"-"+item.Reason) {
		words = append(words, c.t("code", map[string]any{"Code": item.Reason}))
	}
	since := map[string]any{"Time": c.Texts.Time(item.Since, c.Zone), "Till": c.Texts.Time(item.Ended, c.Zone)}
	if item.State == Over {
		words = append(words, c.t("from-till", since))
	} else {
		words = append(words, c.t("since", since))
	}
	return strings.Join(words, ", ")
}

// Title tells what an item is, in one line, and Line whom it concerns; for lists on a screen.
func (c Composer) Title(item Item) string { return c.title(item) }

// Line tells whom an item concerns and since when.
func (c Composer) Line(item Item) string { return c.line(item) }

// Do tells what a person can do about an item, empty if it is over.
func (c Composer) Do(item Item) string { return c.entry(item).Do }

func (l letter) plain() string {
	var b strings.Builder
	b.WriteString(l.Intro + "\n")
	for _, p := range l.Parts {
		fmt.Fprintf(&b, "\n%s\n", strings.ToUpper(p.Head))
		for _, e := range p.Entries {
			fmt.Fprintf(&b, "\n* %s\n", e.Title)
			for _, text := range append([]string{e.Why}, e.Lines...) {
				if text != "" {
					fmt.Fprintf(&b, "  %s\n", text)
				}
			}
			if e.Do != "" {
				fmt.Fprintf(&b, "  -> %s\n", e.Do)
			}
		}
	}
	if l.Link != "" {
		fmt.Fprintf(&b, "\n%s: %s\n", l.LinkText, l.Link)
	}
	return b.String() + "\n-- \n" + l.End + "\n"
}

const page = `<!DOCTYPE html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><title>{{.Subject}}</title></head>
<body style="font-family:sans-serif;font-size:15px;line-height:1.5;color:#222;max-width:42em">
<p>{{.Intro}}</p>
{{range .Parts}}<h2 style="font-size:17px">{{.Head}}</h2>
{{range .Entries}}<p><strong>{{.Title}}</strong>{{if .Why}}<br>{{.Why}}{{end}}</p>
{{if .Lines}}<ul>{{range .Lines}}<li>{{.}}</li>{{end}}</ul>
{{end}}{{if .Do}}<p>→ {{.Do}}</p>
{{end}}{{end}}{{end}}{{if .Link}}<p><a href="{{.Link}}">{{.LinkText}}</a></p>
{{end}}<p style="color:#777">{{.End}}</p>
</body></html>
`

func (l letter) html() string {
	var b bytes.Buffer
	parsed := template.Must(template.New("mail").Parse(page))
	if err := parsed.Execute(&b, l); err != nil {
		panic("alert: the page of a mail: " + err.Error()) // it is part of the program, and writing to memory does not fail
	}
	return b.String()
}
