package outlook

import (
	"context"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// beginContacts reads the whole folder; contacts have no time, so there is no window. A folder that is not there yet is empty.
func (c *Client) beginContacts(ctx context.Context, scope remote.Scope, _, _ time.Time) (remote.Round, error) {
	if scope.Container == "" {
		return remote.Round{Full: true}, nil
	}
	round, err := c.contactRound(ctx, scope, folderPath(scope)+"/contacts/delta", "read the contact folder")
	round.Full = true
	return c.whole(round, err)
}

func (c *Client) resumeContacts(ctx context.Context, scope remote.Scope, cursor string) (remote.Round, error) {
	return c.whole(c.contactRound(ctx, scope, cursor, "read the contact folder's changes"))
}

// contactRound reads all pages and makes a round of them. They show every field but not our marks (G-109).
func (c *Client) contactRound(ctx context.Context, scope remote.Scope, path, doing string) (remote.Round, error) {
	var g gathered[contact]
	round, err := c.deltaPages(ctx, scope.Mailbox, path, doing, func(raw jsontext.Value, at time.Time) error {
		e, err := readContact(raw)
		return g.add(e.ID, e, at, err)
	})
	if err != nil {
		return remote.Round{}, containerError(err, func(doing string) error { return c.folderThere(ctx, scope, doing) })
	}
	for _, id := range g.order {
		switch e := g.entries[id]; {
		case e.broken:
			round.Changed = append(round.Changed, untold(scope, contactRef(id), g.at))
		case e.thing.Removed != nil:
			round.Removed = append(round.Removed, contactRef(id))
		default:
			s := c.contactSnapshot(scope, e.thing, g.at)
			s.Unmarked = true
			round.Changed = append(round.Changed, s)
		}
	}
	return round, nil
}

// readContacts reads contacts twenty to a request. What lies elsewhere by now is gone as far as we are concerned.
func (c *Client) readContacts(ctx context.Context, scope remote.Scope, refs []remote.Ref) ([]remote.Reading, error) {
	const doing = "read contacts"
	if len(refs) > 0 && scope.Container == "" {
		return nil, noFolder(doing)
	}
	out := make([]remote.Reading, len(refs))
	var paths []string
	var places []int
	for i, ref := range refs {
		if ref.Type != typeContact || ref.ID == "" || ref.Side != record.Outlook {
			out[i] = remote.Reading{Ref: ref, Presence: remote.Broken, Err: &remote.Error{
				Kind: remote.Invalid, Side: record.Outlook, Doing: "read " + ref.String(), Text: "there is no such type of thing"}}
			continue
		}
		paths, places = append(paths, contactPath(scope, ref.ID)+"?"+c.marks.expand()), append(places, i)
	}
	parts, err := c.parts(ctx, scope.Mailbox, paths, doing)
	if err != nil {
		return nil, err
	}
	for k, i := range places {
		out[i] = c.contactReading(scope, refs[i], parts[k])
	}
	if slices.ContainsFunc(parts, func(p part) bool { return p.err != nil && itemGone(p.err) }) {
		if err := c.folderThere(ctx, scope, doing); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *Client) contactReading(scope remote.Scope, ref remote.Ref, p part) remote.Reading {
	if p.err != nil {
		return each([]remote.Ref{ref}, p.err)[0]
	}
	e, err := readContact(p.body)
	if err != nil {
		return remote.Reading{Ref: ref, Presence: remote.Broken, Err: &remote.Error{
			Kind: remote.Invalid, Side: record.Outlook, Doing: "read " + ref.String(), Text: "the contact could not be read", Err: err}}
	}
	if e.Folder != "" && e.Folder != scope.Container { // the path may be no obstacle (G-140)
		return remote.Reading{Ref: ref, Presence: remote.Gone}
	}
	s := c.contactSnapshot(scope, e, p.at)
	s.Ref = ref
	return remote.Reading{Ref: ref, Presence: remote.Present, Snapshot: s}
}

// findContacts finds by marks in the folder, or people who look alike in the default folder, if that is wanted.
func (c *Client) findContacts(ctx context.Context, scope remote.Scope, search remote.Search) ([]remote.Snapshot, error) {
	const doing = "look for a copy"
	filter := c.byMarks(scope, search)
	switch {
	case filter == "" && search.Alike == nil:
		return nil, namesNothing()
	case search.Type != "" && search.Type != typeContact:
		return nil, nil
	case filter == "":
		return c.alikeContacts(ctx, scope, *search.Alike)
	case scope.Container == "":
		return nil, nil
	}
	return c.markedContacts(ctx, scope, filter, doing)
}

func (c *Client) stampedContacts(ctx context.Context, scope remote.Scope) ([]remote.Snapshot, error) {
	if scope.Container == "" {
		return nil, nil
	}
	return c.markedContacts(ctx, scope, c.marks.having(c.marks.app, appValue), "read our marks in the contact folder")
}

// markedContacts lists the contacts of the folder that a filter finds, with their marks.
func (c *Client) markedContacts(ctx context.Context, scope remote.Scope, filter, doing string) ([]remote.Snapshot, error) {
	found, err := c.contacts(ctx, scope, folderPath(scope)+"/contacts?"+filter+"&"+c.marks.expand()+"&$top=999", doing)
	if err != nil {
		return nil, containerError(err, func(doing string) error { return c.folderThere(ctx, scope, doing) })
	}
	return found, nil
}

// contacts lists a collection of contacts.
func (c *Client) contacts(ctx context.Context, scope remote.Scope, path, doing string) ([]remote.Snapshot, error) {
	var g gathered[contact]
	err := c.list(ctx, c.read(scope.Mailbox, path, doing), func(raw jsontext.Value, at time.Time) error {
		e, err := readContact(raw)
		if err != nil {
			return unreadable(doing, err)
		}
		return g.add(e.ID, e, at, nil)
	})
	if err != nil {
		return nil, err
	}
	var out []remote.Snapshot
	for _, id := range g.order {
		out = append(out, c.contactSnapshot(scope, g.entries[id].thing, g.at))
	}
	return out, nil
}

// alikeContacts looks in the default folder for people with one of somebody's addresses and the same name. What lies in our
// folder is in the feed.
func (c *Client) alikeContacts(ctx context.Context, scope remote.Scope, like remote.Snapshot) ([]remote.Snapshot, error) {
	const doing = "look for the same person"
	if !c.config.MatchDefaultFolder {
		return nil, nil
	}
	folder, seen := scope.Container, map[remote.Ref]bool{}
	scope.Container = ""
	var out []remote.Snapshot
	for _, name := range []record.Field{record.ContactEmail1, record.ContactEmail2} {
		address := string(like.Fields[name])
		if !record.IsEmail(address) || record.IsShared(address) {
			continue
		}
		path := "/users/" + segment(scope.Mailbox) + "/contacts?$filter=" + query("emailAddresses/any(a:a/address eq "+literal(address)+")") + "&$top=50"
		found, err := c.contacts(ctx, scope, path, doing)
		if err != nil {
			return nil, err
		}
		for _, one := range found {
			ours := folder != "" && one.Container == folder
			if !seen[one.Ref] && !ours && alike(one, like) {
				seen[one.Ref] = true
				out = append(out, one)
			}
		}
	}
	return out, nil
}

// alike reports whether two things share a natural key.
func alike(a, b remote.Snapshot) bool {
	return slices.ContainsFunc(a.Natural, func(text string) bool { return slices.Contains(b.Natural, text) })
}
