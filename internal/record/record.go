// Package record is our canonical form of the things that are synchronised.
//
// It knows: which kinds of things there are (Kind), which fields a kind has and in which direction each one flows (Schema),
// how a field's value is written down so that equal meanings are equal texts (Value), and how values are remembered without
// keeping them (Digest). It refuses to know either service, the database, the clock.
//
// Start reading at Record below; the fields of a calendar event are in event.go, moments and whole days in span.go, HTML and
// text in text.go.
package record

import (
	"slices"
	"strings"
)

// Side is one of the two services that are kept in step.
type Side string

// The two sides. They are never called source and target: both are both.
const (
	Raynet  Side = "raynet"
	Outlook Side = "outlook"
)

// Valid reports whether s is one of the two sides.
func (s Side) Valid() bool { return s == Raynet || s == Outlook }

// Other returns the opposite side.
func (s Side) Other() Side {
	if s == Raynet {
		return Outlook
	}
	return Raynet
}

// Kind is a kind of things that is synchronised on its own.
type Kind string

// The kinds.
const (
	Calendar Kind = "calendar"
	Contacts Kind = "contacts"
	Tasks    Kind = "tasks"
)

// Valid reports whether k is a known kind.
func (k Kind) Valid() bool { return k == Calendar || k == Contacts || k == Tasks }

// Field names one mapped field of a kind, such as "subject".
type Field string

// Value is the canonical text of one field's value. Equal meanings have equal texts. The empty Value means "has none".
type Value string

// Fields holds the canonical values of one record as one side shows it. A field that is absent from the map is not shown by
// that side at all (for example one that flows only the other way); an empty Value is shown as empty.
//
// Never range over Fields where order can be seen: use Schema.Fields or Sorted.
type Fields map[Field]Value

// Sorted returns the field names of f in alphabetical order.
func (f Fields) Sorted() []Field {
	names := make([]Field, 0, len(f))
	for name := range f { // any order: sorted below
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Clone returns an independent copy of f; nil stays nil.
func (f Fields) Clone() Fields {
	if f == nil {
		return nil
	}
	out := make(Fields, len(f))
	for name, value := range f {
		out[name] = value
	}
	return out
}

// Only returns the values of the named fields that f has.
func (f Fields) Only(names ...Field) Fields {
	out := make(Fields, len(names))
	for _, name := range names {
		if value, ok := f[name]; ok {
			out[name] = value
		}
	}
	return out
}

// Flow says in which direction a field's edits are carried.
type Flow string

// The directions. A field that flows one way is computed from the side it comes from; an edit of it on the other side is
// left alone and never carried back.
const (
	Both      Flow = "both"
	ToOutlook Flow = "to-outlook"
	ToRaynet  Flow = "to-raynet"
)

// Carries reports whether an edit made on side from is carried to the other side.
func (f Flow) Carries(from Side) bool {
	switch f {
	case Both:
		return true
	case ToOutlook:
		return from == Raynet
	case ToRaynet:
		return from == Outlook
	}
	return false
}

// FieldSpec describes one field of a kind.
type FieldSpec struct {
	Name Field
	Flow Flow
	// Wins, when not empty, is the value that wins every clash of this field whatever the rule of the kind says
	// ("completed beats open").
	Wins Value
	// Redacts says that the field is emptied where a record must no longer tell what it is about (it was turned private).
	Redacts bool
	// Personal says that the field tells who somebody is: RAYNET's anonymise empties it.
	Personal bool
	// Organisers says that of one thing in several mailboxes only the copy of who organises it tells this field rightly.
	Organisers bool
	// With names a field that keeps this one from being carried as long as it is set: when that moves, this one counts as moved too.
	With Field
	// Needs names a field without which RAYNET cannot hold this one: when RAYNET tells that for the first time, what Outlook shows here
	// counts as moved.
	Needs Field
	// Once says that the field is written when a copy is made and never again: from then on it is that side's own.
	Once bool
}

// Schema lists the fields of a kind in the order in which they are shown, compared and written.
type Schema struct {
	Kind Kind
	// Contained says that its Outlook items lie in a folder or list of their own, which is made if it is missing.
	Contained bool
	// Title is the field that names a record of this kind to people.
	Title Field
	// Names are the fields that name it together, where Title alone is not all; Else stand in where all of these are empty.
	Names, Else []Field
	// Assigned says that people give a record of this kind to one of them: whoever it does not concern any more was taken off it,
	// which is something else than that he no longer owns it.
	Assigned bool
	// Due is the field that says by which date, for a kind whose records take up no time; empty for the others.
	Due Field
	// Cancels is the flag that says that a record does not take place after all, empty if the kind has none.
	Cancels Field
	Fields  []FieldSpec
}

// Spec returns the description of the named field; ok is false for a field the kind does not have.
func (s Schema) Spec(name Field) (spec FieldSpec, ok bool) {
	for _, spec := range s.Fields {
		if spec.Name == name {
			return spec, true
		}
	}
	return FieldSpec{}, false
}

// TitleOf returns what people call a record with these values, in one line; empty if nothing names it.
func (s Schema) TitleOf(f Fields) string {
	names := s.Names
	if len(names) == 0 {
		names = []Field{s.Title}
	}
	for _, fields := range append([][]Field{names}, s.single()...) {
		var words []string
		for _, name := range fields {
			if text := string(f[name]); text != "" {
				words = append(words, text)
			}
		}
		if len(words) > 0 {
			return strings.Join(words, " ")
		}
	}
	return ""
}

func (s Schema) single() [][]Field {
	var out [][]Field
	for _, name := range s.Else {
		out = append(out, []Field{name})
	}
	return out
}

// Kinds lists every kind that is synchronised, in the order in which they are shown.
func Kinds() []Kind { return []Kind{Calendar, Contacts, Tasks} }

// SchemaOf returns the schema of a kind; that of a text that is no kind has no fields.
func SchemaOf(kind Kind) Schema {
	switch kind {
	case Calendar:
		return EventSchema()
	case Contacts:
		return ContactSchema()
	case Tasks:
		return TaskSchema()
	}
	return Schema{Kind: kind}
}
