package apply_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"raynetsync/internal/engine/apply"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// The model of this file is as small as the two services and the store can be while everything that the write protocol relies
// on is in it: keys, stamps, versions, conditional writes on one side and none on the other, answers that get lost, requests
// that land late.

const (
	first  record.Field = "first"
	second record.Field = "second"
)

func schema() record.Schema {
	return record.Schema{Kind: record.Calendar, Title: first, Fields: []record.FieldSpec{
		{Name: first, Flow: record.Both}, {Name: second, Flow: record.Both},
	}}
}

const (
	pairID  = 1
	person  = "41"
	mailbox = "box"
	settle  = 5 * time.Minute
	// late is after how long a request lands whose answer was lost, at the latest within the settle horizon.
	late = 3 * time.Minute
)

// thing is a record or an item.
type thing struct {
	ref    remote.Ref
	fields record.Fields
	// version counts the writes.
	version int
	key     string
	stamp   *remote.Stamp
	byUs    bool // the last write was ours
	copied  bool // we made it
	gone    bool
}

// service is one side.
type service struct {
	side   record.Side
	things []*thing
	// tail says that a create carries no key, and that a second call brings it (RAYNET).
	tail bool
	keys map[string]*thing // Outlook: the transaction ids it remembers
}

func (s *service) find(ref remote.Ref) *thing {
	for _, thing := range s.things {
		if thing.ref == ref && !thing.gone {
			return thing
		}
	}
	return nil
}

func (s *service) living() []*thing {
	return slices.DeleteFunc(slices.Clone(s.things), func(t *thing) bool { return t.gone })
}

func (s *service) add(fields record.Fields) *thing {
	kind := "meeting"
	if s.side == record.Outlook {
		kind = "event"
	}
	made := &thing{ref: remote.Ref{Side: s.side, Type: kind, ID: strconv.Itoa(len(s.things) + 1)}, fields: fields.Clone()}
	s.things = append(s.things, made)
	return made
}

func (s *service) snapshot(t *thing, now time.Time) remote.Snapshot {
	snapshot := remote.Snapshot{
		Ref: t.ref, Kind: record.Calendar, Version: remote.Version(strconv.Itoa(t.version)), At: now, Fields: t.fields.Clone(),
		Stamp: t.stamp, Offered: true, ByUs: t.byUs, MadeByUs: t.copied,
	}
	if s.side == record.Raynet {
		snapshot.People, snapshot.Key = []string{person}, t.key
	} else {
		snapshot.Version = remote.Version(fmt.Sprintf("%q", snapshot.Version))
	}
	return snapshot
}

func (s *service) read(ref remote.Ref, now time.Time) remote.Reading {
	if t := s.find(ref); t != nil {
		return remote.Reading{Ref: ref, Presence: remote.Present, Snapshot: s.snapshot(t, now)}
	}
	return remote.Reading{Ref: ref, Presence: remote.Gone}
}

// compose writes a request in the service's own form: one "field=value" per header, so that the values are part of the bytes.
func (s *service) compose(write remote.Write) []remote.Request {
	request := remote.Request{Side: s.side, Kind: record.Calendar, Op: write.Op, Mailbox: mailbox, Body: "{}", Header: map[string]string{}}
	for name, value := range write.Fields {
		request.Header[string(name)] = string(value)
	}
	request.Writes = write.Fields.Sorted()
	switch write.Op {
	case remote.Create:
		request.Key, request.Header["source"], request.Header["op"] = write.Key, write.Stamp.Source.String(), write.Stamp.Op
		if s.tail {
			bring := remote.Request{Side: s.side, Kind: record.Calendar, Op: remote.Update, Path: "{id}", Body: "{}", Header: map[string]string{"key": write.Key}}
			request.Header["key"] = ""
			return []remote.Request{request, bring}
		}
		request.Header["key"] = write.Key
	case remote.Update, remote.Delete:
		request.Ref = write.Target.Ref
		if s.side == record.Outlook {
			request.Header["if-match"] = string(write.Target.Version)
		}
	}
	return []remote.Request{request}
}

// take carries a request out. RAYNET checks nothing and returns nothing; Outlook checks and returns all.
func (s *service) take(request remote.Request, now time.Time) (remote.Answer, error) {
	refuse := func(kind remote.ErrorKind) (remote.Answer, error) {
		return remote.Answer{}, &remote.Error{Kind: kind, Side: s.side, Doing: string(request.Op)}
	}
	if request.Op == remote.Create {
		if known := s.keys[request.Key]; known != nil && s.side == record.Outlook {
			if known.gone {
				return refuse(remote.Duplicate)
			}
			return s.answer(known, now), nil
		}
		made := s.add(values(request))
		made.byUs, made.copied, made.key = true, true, request.Header["key"]
		if s.side == record.Outlook {
			source, err := remote.ParseRef(request.Header["source"])
			if err != nil {
				return remote.Answer{}, err
			}
			made.stamp = &remote.Stamp{Source: source, Mailbox: mailbox, Op: request.Header["op"]}
			s.keys[request.Key] = made
		}
		return s.answer(made, now), nil
	}
	target := s.find(request.Ref)
	switch {
	case target == nil:
		return refuse(remote.NotFound)
	case s.side == record.Outlook && request.Header["if-match"] != fmt.Sprintf("%q", strconv.Itoa(target.version)):
		return refuse(remote.Conflict)
	case request.Op == remote.Delete:
		target.gone = true
		return remote.Answer{Ref: target.ref}, nil
	}
	if key, brings := request.Header["key"]; brings {
		target.key = key
	}
	maps.Copy(target.fields, values(request))
	target.version++
	target.byUs = true
	return s.answer(target, now), nil
}

func values(request remote.Request) record.Fields {
	out := record.Fields{}
	for _, name := range request.Writes {
		out[name] = record.Value(request.Header[string(name)])
	}
	return out
}

func (s *service) answer(t *thing, now time.Time) remote.Answer {
	if s.side == record.Raynet {
		return remote.Answer{Ref: t.ref}
	}
	snapshot := s.snapshot(t, now)
	return remote.Answer{Ref: t.ref, Version: snapshot.Version, Snapshot: &snapshot}
}

// store is the durable memory.
type store struct {
	links   map[string]journal.Link
	intents map[string]journal.Intent
	work    map[remote.Ref]journal.Work
	entries []journal.Entry
}

var errStore = errors.New("the disk is full")

// commit applies facts or refuses them all. Its second result tells of something that must never be asked of a store.
func (s *store) commit(facts []journal.Fact) (wrong string) {
	for _, fact := range facts {
		switch f := fact.(type) {
		case journal.PutLink:
			for _, link := range s.links {
				same := !f.Link.Raynet.Ref.IsZero() && link.Raynet.Ref == f.Link.Raynet.Ref ||
					!f.Link.Outlook.Ref.IsZero() && link.Outlook.Ref == f.Link.Outlook.Ref
				if link.ID != f.Link.ID && same {
					return fmt.Sprintf("two links hold one ref: %+v and %+v", link, f.Link)
				}
			}
			s.links[f.Link.ID] = f.Link
		case journal.DropLink:
			delete(s.links, f.ID)
		case journal.Freeze:
			if link, ok := s.links[f.LinkID]; ok {
				link.FrozenUntil = f.Until
				s.links[f.LinkID] = link
			}
		case journal.OpenIntent:
			for _, open := range s.intents {
				if open.Link.ID == f.Intent.Link.ID || open.Request.Key != "" && open.Request.Key == f.Intent.Request.Key {
					return fmt.Sprintf("a second intent at one target: %s and %s", open.Op, f.Intent.Op)
				}
			}
			s.intents[f.Intent.Op] = f.Intent
		case journal.TouchIntent:
			intent, ok := s.intents[f.Op]
			if !ok {
				return "touches an intent that is not open"
			}
			intent.Tries, intent.LastSent, intent.NotBefore = f.Tries, f.LastSent, f.NotBefore
			s.intents[f.Op] = intent
		case journal.CloseIntent:
			if _, ok := s.intents[f.Op]; !ok {
				return "closes an intent that is not open"
			}
			delete(s.intents, f.Op)
		case journal.AddEntry:
			s.entries = append(s.entries, f.Entry)
		case journal.PutWork:
			s.work[f.Work.Ref] = f.Work
		case journal.DoneWork:
			delete(s.work, f.Ref)
		case journal.SettleEntry, journal.PutAside, journal.DropAside, journal.EraseValues:
		default:
			return fmt.Sprintf("a fact that no step commits: %T", fact)
		}
	}
	return ""
}

// open returns the intent under which a request is sent, if there is one.
func (s *store) open(request remote.Request) (journal.Intent, bool) {
	for _, intent := range s.intents {
		same := intent.Request.Op == request.Op && intent.Request.Ref == request.Ref && intent.Request.Key == request.Key &&
			intent.Request.Path == request.Path && maps.Equal(intent.Request.Header, request.Header)
		if same {
			return intent, true
		}
	}
	return journal.Intent{}, false
}

// keeps reports whether a value can still be read in the journal.
func (s *store) keeps(value record.Value) bool {
	for _, entry := range s.entries {
		for _, change := range entry.Changes {
			if change.Before == value || change.After == value {
				return true
			}
		}
	}
	return false
}

func (s *store) tells(event journal.Event) bool {
	return slices.ContainsFunc(s.entries, func(e journal.Entry) bool { return e.Event == event })
}

func (s *store) pending() []journal.Intent {
	out := make([]journal.Intent, 0, len(s.intents))
	for _, op := range slices.Sorted(maps.Keys(s.intents)) {
		out = append(out, s.intents[op])
	}
	return out
}

func config(run int) apply.Config {
	return apply.Config{
		Pair: pairID, Mailbox: mailbox, Run: strconv.Itoa(run), Schema: schema(), Digester: digester(),
		Settle: settle, GuardAge: 500 * time.Millisecond, LoopWindow: 10 * time.Minute,
	}
}

func digester() record.Digester { return record.NewDigester([]byte("apply test")) }
