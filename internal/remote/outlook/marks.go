package outlook

import (
	"strings"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// appValue is on every item that this product made, whichever installation.
const appValue = "raynet-outlook-sync"

// marks are the names of our extended properties (G-84). Values are compared by Exchange without regard to case, so they are
// kept in lower case.
type marks struct {
	app, source, op, category string
	folder                    string // on a folder that we made
	instance                  string
}

func marksOf(namespace, instance string) marks {
	name := func(text string) string { return "String {" + namespace + "} Name " + text }
	return marks{
		app: name("ros.app"), source: name("ros.src"), op: name("ros.op"), category: name("ros.category"),
		folder:   name("ros.folder"),
		instance: instance,
	}
}

// property is an extended property as Graph writes it.
type property struct {
	ID    string `json:"id"`
	Value string `json:"value"`
}

// write returns the marks of a new item. category is the RAYNET category that we put on it, remembered so that a later one
// can take its place.
func (m marks) write(stamp remote.Stamp, op, category string) []property {
	out := []property{{m.app, appValue}}
	if !stamp.Source.IsZero() {
		out = append(out, property{m.source, m.sourceValue(stamp.Source, stamp.Mailbox)})
	}
	out = append(out, property{m.op, strings.ToLower(op)})
	if category != "" {
		out = append(out, property{m.category, category})
	}
	return out
}

func (m marks) sourceValue(source remote.Ref, mailbox string) string {
	return strings.ToLower(m.instance + "/" + source.Type + "/" + source.ID + "/" + mailbox)
}

// read finds the marks among an item's properties. foreign says that another instance made it; stamp is nil for an item
// that is not ours.
func (m marks) read(properties []property) (stamp *remote.Stamp, category string, foreign bool) {
	found := remote.Stamp{}
	ours := false
	for _, p := range properties {
		switch {
		case sameProperty(p.ID, m.app):
			ours = ours || strings.EqualFold(p.Value, appValue)
		case sameProperty(p.ID, m.op):
			found.Op = p.Value
		case sameProperty(p.ID, m.category):
			category = p.Value
		case sameProperty(p.ID, m.source):
			parts := strings.Split(p.Value, "/")
			if len(parts) != 4 || parts[0] != m.instance {
				foreign = true
				continue
			}
			found.Source = remote.Ref{Side: record.Raynet, Type: raynetType(parts[1]), ID: parts[2]}
			found.Mailbox = parts[3]
			ours = true
		}
	}
	if !ours || found == (remote.Stamp{}) {
		return nil, category, foreign
	}
	return &found, category, foreign
}

// onFolder reports whether this instance made the folder with these properties.
func (m marks) onFolder(properties []property) bool {
	for _, p := range properties {
		if sameProperty(p.ID, m.folder) && strings.EqualFold(p.Value, m.instance) {
			return true
		}
	}
	return false
}

// sameProperty compares two property ids: Exchange may write the GUID in another case, the name is exact.
func sameProperty(a, b string) bool {
	cut := strings.LastIndexByte(b, ' ')
	return len(a) == len(b) && strings.EqualFold(a[:cut], b[:cut]) && a[cut:] == b[cut:]
}

// raynetType gives RAYNET's words for types their capitals back.
func raynetType(lower string) string {
	if lower == "phonecall" {
		return "phoneCall"
	}
	return lower
}

// expand is the query part that makes a read show our marks.
func (m marks) expand() string {
	return "$expand=singleValueExtendedProperties($filter=" +
		query("id eq '"+m.app+"' or id eq '"+m.source+"' or id eq '"+m.op+"' or id eq '"+m.category+"'") + ")"
}

// having is the query part that finds items by one mark.
func (m marks) having(id, value string) string {
	return "$filter=singleValueExtendedProperties/Any(ep:" +
		query(" ep/id eq '"+id+"' and ep/value eq '"+strings.ReplaceAll(value, "'", "''")+"'") + ")"
}
