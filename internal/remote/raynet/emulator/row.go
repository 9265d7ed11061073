package emulator

import (
	"cmp"
	"container/list"
	"maps"
	"slices"
	"time"
)

// kind is an entity of RAYNET by its path name.
type kind string

const (
	kindTask             kind = "task"
	kindMeeting          kind = "meeting"
	kindEvent            kind = "event"
	kindPhoneCall        kind = "phoneCall"
	kindEmail            kind = "email"
	kindLetter           kind = "letter"
	kindPerson           kind = "person"
	kindCompany          kind = "company"
	kindUserAccount      kind = "userAccount"
	kindActivityCategory kind = "activityCategory"
	kindTelType          kind = "telType"
	kindSecurityLevel    kind = "securityLevel"
)

// entityName is the name in _entityName.
func (k kind) entityName() string { return string(k[0]-'a'+'A') + string(k[1:]) }

func (k kind) isActivity() bool {
	switch k {
	case kindTask, kindMeeting, kindEvent, kindPhoneCall, kindEmail, kindLetter:
		return true
	default:
		return false
	}
}

func (k kind) isCodeList() bool {
	return k == kindActivityCategory || k == kindTelType || k == kindSecurityLevel
}

// row is one record. Values in attrs are string, bool, float64, int64 (a reference), time.Time, or map[string]any;
// an empty value is absent.
type row struct {
	kind    kind
	id      int64
	version int64

	createdAt, updatedAt time.Time // updatedAt is zero until the first change
	createdBy, updatedBy string

	invalid, locked, hidden bool

	attrs        map[string]any
	tags         []string
	extIDs       []string
	participants []participant
	relations    []relation
	addresses    []address
	links        []link
	photo        *photo

	place *list.Element // in the table's order of modification
}

// participant is one person, company or lead in an activity; 0 means none.
type participant struct {
	id                    int64
	owner                 bool
	role                  string
	person, company, lead int64
	email                 string
}

// relation ties a person to a company.
type relation struct {
	id, company, companyAddress int64
	title, notice               string
	primary                     bool
}

// address is one of a company's addresses.
type address struct {
	id               int64
	primary, contact bool
	place, reach     map[string]any
	territory        int64
}

// photo is a person's picture.
type photo struct {
	id          int64
	contentType string
	data        []byte
}

func (r *row) modifiedAt() time.Time {
	if r.updatedAt.After(r.createdAt) {
		return r.updatedAt
	}
	return r.createdAt
}

func (r *row) text(key string) string {
	value, _ := r.attrs[key].(string)
	return value
}

func (r *row) ref(key string) int64 {
	value, _ := r.attrs[key].(int64)
	return value
}

func (r *row) moment(key string) time.Time {
	value, _ := r.attrs[key].(time.Time)
	return value
}

func (r *row) set(key string, value any) {
	if value == nil {
		delete(r.attrs, key)
		return
	}
	r.attrs[key] = value
}

// clone copies the row so that a refused write leaves no trace; nested objects are never changed in place.
func (r *row) clone() *row {
	out := *r
	out.attrs = maps.Clone(r.attrs)
	out.tags = slices.Clone(r.tags)
	out.extIDs = slices.Clone(r.extIDs)
	out.participants = slices.Clone(r.participants)
	out.relations = slices.Clone(r.relations)
	out.addresses = slices.Clone(r.addresses)
	out.links = slices.Clone(r.links)
	return &out
}

// pool is rows in the order of their ids; changes are in the order of modification, latest last.
type pool struct {
	rows    []*row
	changes *list.List // of *row; nil in the pools of single activity types
}

// table holds all rows and the orders in which they are asked for.
type table struct {
	lastID    int64
	lastPart  int64
	kinds     map[kind]*pool
	activity  *pool
	byID      map[kind]map[int64]*row
	byExtID   map[kind]map[string]*row
	anyHidden bool
	fields    map[kind][]field // the keys of each entity, computed once
}

func newTable() *table {
	return &table{
		kinds: map[kind]*pool{}, activity: &pool{changes: list.New()},
		byID: map[kind]map[int64]*row{}, byExtID: map[kind]map[string]*row{},
	}
}

func (t *table) nextID() int64 {
	t.lastID++
	return t.lastID
}

// nextPart numbers what lives inside records: participants, relationships, addresses, webhooks.
func (t *table) nextPart() int64 {
	t.lastPart++
	return t.lastPart
}

func (t *table) get(k kind, id int64) *row { return t.byID[k][id] }

func (t *table) pool(k kind) *pool {
	p := t.kinds[k]
	if p == nil {
		p = &pool{}
		if !k.isActivity() {
			p.changes = list.New()
		}
		t.kinds[k] = p
		t.byID[k], t.byExtID[k] = map[int64]*row{}, map[string]*row{}
	}
	return p
}

// changes is the pool that holds the order of modification for a kind.
func (t *table) changes(k kind) *list.List {
	if k.isActivity() {
		return t.activity.changes
	}
	return t.pool(k).changes
}

// insert gives the row its id and its creation stamp.
func (t *table) insert(r *row, now time.Time, author string) {
	p := t.pool(r.kind)
	r.id = t.nextID()
	r.createdAt, r.createdBy = now, author
	p.rows = append(p.rows, r)
	if r.kind.isActivity() {
		t.activity.rows = append(t.activity.rows, r)
	}
	t.byID[r.kind][r.id] = r
	for _, ext := range r.extIDs {
		t.byExtID[r.kind][ext] = r
	}
	t.place(r)
}

// touch gives the row its change stamp.
func (t *table) touch(r *row, now time.Time, author string) {
	r.version++
	r.updatedAt, r.updatedBy = now, author
	t.changes(r.kind).Remove(r.place)
	t.place(r)
}

// place puts the row into the order of modification; the walk is short unless the clock was set back.
func (t *table) place(r *row) {
	order := t.changes(r.kind)
	at := order.Back()
	for at != nil && at.Value.(*row).modifiedAt().After(r.modifiedAt()) {
		at = at.Prev()
	}
	if at == nil {
		r.place = order.PushFront(r)
		return
	}
	r.place = order.InsertAfter(r, at)
}

func (t *table) remove(r *row) {
	cut := func(p *pool) {
		if at, ok := slices.BinarySearchFunc(p.rows, r.id, byID); ok {
			p.rows = slices.Delete(p.rows, at, at+1)
		}
	}
	cut(t.pool(r.kind))
	if r.kind.isActivity() {
		cut(t.activity)
	}
	t.changes(r.kind).Remove(r.place)
	delete(t.byID[r.kind], r.id)
	for _, ext := range r.extIDs {
		delete(t.byExtID[r.kind], ext)
	}
}

func byID(r *row, id int64) int { return cmp.Compare(r.id, id) }
