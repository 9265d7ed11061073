package emulator

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// condition decides about one item.
type condition func(it *item) bool

// filterToken splits a $filter into words, literals and marks.
var filterToken = regexp.MustCompile(`'(?:[^']|'')*'|[(),:]|[^\s(),:']+(?::\d\d[^\s(),']*)?`)

// filterParser reads the part of OData's $filter that Outlook and To Do take.
type filterParser struct {
	kind   itemKind
	moment func(name string) func(it *item) time.Time // a property that compares as a time, nil for others
	word   func(name string) func(it *item) string    // a property that compares as a text, nil for others
	tokens []string
	at     int
	broken bool
}

// filter compiles a $filter; nil means everything. // G-12
func (s *Server) filter(kind itemKind, raw string) (condition, *answer) {
	if strings.TrimSpace(raw) == "" {
		return func(*item) bool { return true }, nil
	}
	moment := func(name string) func(it *item) time.Time { return s.moment(kind, name) }
	word := func(name string) func(it *item) string { return s.word(kind, name) }
	p := &filterParser{kind: kind, moment: moment, word: word, tokens: filterToken.FindAllString(raw, -1)}
	cond := p.parse()
	if cond == nil {
		a := problem(http.StatusBadRequest, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes.")
		return nil, &a
	}
	return cond, nil
}

// parse is nil for what isn't a filter.
func (p *filterParser) parse() condition {
	cond := p.either()
	if p.broken || p.at != len(p.tokens) {
		return nil
	}
	return cond
}

func (p *filterParser) next() string {
	if p.at >= len(p.tokens) {
		p.broken = true
		return ""
	}
	p.at++
	return p.tokens[p.at-1]
}

func (p *filterParser) peek(word string) bool {
	return p.at < len(p.tokens) && strings.EqualFold(p.tokens[p.at], word)
}

func (p *filterParser) accept(word string) bool {
	if p.peek(word) {
		p.at++
		return true
	}
	return false
}

func (p *filterParser) expect(word string) {
	if !p.accept(word) {
		p.broken = true
	}
}

func (p *filterParser) either() condition {
	left := p.both()
	for !p.broken && p.accept("or") {
		a, b := left, p.both()
		left = func(it *item) bool { return a(it) || b(it) }
	}
	return left
}

func (p *filterParser) both() condition {
	left := p.single()
	for !p.broken && p.accept("and") {
		a, b := left, p.single()
		left = func(it *item) bool { return a(it) && b(it) }
	}
	return left
}

func (p *filterParser) single() condition {
	never := func(*item) bool { return false }
	if p.accept("(") {
		inner := p.either()
		p.expect(")")
		return inner
	}
	if p.accept("not") {
		inner := p.single()
		return func(it *item) bool { return !inner(it) }
	}
	name := p.next()
	var cond condition
	switch word := strings.ToLower(name); {
	case word == "singlevalueextendedproperties/any":
		cond = p.extended()
	case word == "categories/any":
		cond = p.category()
	case word == "emailaddresses/any" && p.kind == kindContact:
		cond = p.address()
	case word == "startswith":
		cond = p.startsWith()
	default:
		cond = p.compare(name)
	}
	if p.broken || cond == nil {
		p.broken = true
		return never
	}
	return cond
}

// extended reads (ep: ep/id eq '…' and ep/value eq '…'), or ep/value ne null for "has any". Values compare without
// case. // G-33
func (p *filterParser) extended() condition {
	p.expect("(")
	variable := p.next()
	p.expect(":")
	id, value, any := "", "", false
	for !p.broken && !p.accept(")") {
		name, op, literal := p.next(), p.next(), p.next()
		switch {
		case name == variable+"/id" && op == "eq":
			id = canonicalExt(unquote(literal))
		case name == variable+"/value" && op == "eq" && strings.HasPrefix(literal, "'"):
			value = unquote(literal)
		case name == variable+"/value" && op == "ne" && literal == "null":
			any = true
		default:
			p.broken = true
		}
		p.accept("and")
	}
	if id == "" {
		return nil
	}
	return func(it *item) bool {
		got, ok := it.ext[id]
		return ok && (any || strings.EqualFold(got, value))
	}
}

func (p *filterParser) category() condition {
	p.expect("(")
	variable := p.next()
	p.expect(":")
	name, op, literal := p.next(), p.next(), unquote(p.next())
	p.expect(")")
	if name != variable || op != "eq" {
		return nil
	}
	return func(it *item) bool { return slices.Contains(list(it.props["categories"]), any(literal)) }
}

// address reads (a:a/address eq '…'), a contact's mail address in any case. // G-113
func (p *filterParser) address() condition {
	p.expect("(")
	variable := p.next()
	p.expect(":")
	name, op, want := p.next(), p.next(), unquote(p.next())
	p.expect(")")
	if name != variable+"/address" || op != "eq" {
		return nil
	}
	return func(it *item) bool {
		return slices.ContainsFunc(list(it.props["emailAddresses"]), func(e any) bool {
			return strings.EqualFold(text(object(e)["address"]), want) && want != ""
		})
	}
}

func (p *filterParser) startsWith() condition {
	p.expect("(")
	name := p.next()
	p.expect(",")
	prefix := strings.ToLower(unquote(p.next()))
	p.expect(")")
	if (name != "subject" || p.kind != kindEvent) && !nameOfContact(p.kind, name) {
		return nil
	}
	return func(it *item) bool { return strings.HasPrefix(strings.ToLower(text(it.props[name])), prefix) }
}

// compare reads a property, an operator and a literal.
func (p *filterParser) compare(name string) condition {
	op, literal := p.next(), p.next()
	if p.broken {
		return nil
	}
	holds := func(order int) bool { return order == 0 }
	switch op {
	case "eq":
	case "ne":
		holds = func(order int) bool { return order != 0 }
	case "gt":
		holds = func(order int) bool { return order > 0 }
	case "ge":
		holds = func(order int) bool { return order >= 0 }
	case "lt":
		holds = func(order int) bool { return order < 0 }
	case "le":
		holds = func(order int) bool { return order <= 0 }
	default:
		return nil
	}
	if when := p.moment(name); when != nil {
		at, ok := parseInstant(unquote(literal))
		if !ok {
			return nil
		}
		return func(it *item) bool { return holds(when(it).Compare(at)) }
	}
	if read := p.word(name); read != nil && (op == "eq" || op == "ne") {
		want := unquote(literal)
		return func(it *item) bool { return holds(strings.Compare(strings.ToLower(read(it)), strings.ToLower(want))) }
	}
	return nil
}

// moment is a property that compares as a time.
func (s *Server) moment(kind itemKind, name string) func(it *item) time.Time {
	switch name {
	case "lastModifiedDateTime":
		return func(it *item) time.Time { return it.modified }
	case "createdDateTime":
		return func(it *item) time.Time { return it.created }
	}
	if kind != kindEvent {
		return nil
	}
	switch name {
	case "start/dateTime":
		return func(it *item) time.Time { return s.zones.instant(it.start) }
	case "end/dateTime":
		return func(it *item) time.Time { return s.zones.instant(it.end) }
	}
	return nil
}

// word is a property that compares as a text. transactionId isn't one. // G-15
func (s *Server) word(kind itemKind, name string) func(it *item) string {
	if kind != kindEvent {
		if nameOfContact(kind, name) {
			return func(it *item) string { return text(it.props[name]) }
		}
		return nil
	}
	boolean := func(b bool) string {
		if b {
			return "true"
		}
		return "false"
	}
	switch name {
	case "iCalUId":
		return func(it *item) string { return it.uid }
	case "subject", "showAs", "sensitivity", "importance":
		return func(it *item) string { return text(it.props[name]) }
	case "isAllDay":
		return func(it *item) string { return boolean(it.allDay) }
	case "isCancelled":
		return func(it *item) string { return boolean(it.cancelled) }
	case "isOrganizer":
		return func(it *item) string { return boolean(it.from == nil) }
	case "type":
		return eventType
	}
	return nil
}

func unquote(literal string) string {
	if len(literal) >= 2 && literal[0] == '\'' && literal[len(literal)-1] == '\'' {
		return strings.ReplaceAll(literal[1:len(literal)-1], "''", "'")
	}
	return literal
}
