package emulator

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// source says who writes: a client of the API, or a person in RAYNET's own screens.
type source string

const (
	fromAPI  source = "api"
	fromUser source = "user"
)

// writing is one create or update while it is being applied.
type writing struct {
	*Server
	row    *row
	body   map[string]any
	source source
	create bool
	now    time.Time
	author string
	quiet  bool // the change leaves the stamps as they are
}

// special are the keys of a body that fields do not cover.
func special(k kind) []string {
	switch {
	case k == kindTask:
		return []string{"owner", "resolver", "status", "completed", "personal", "participants", "tags", "extId", "_version"}
	case k.isActivity():
		return []string{"owner", "person", "status", "completed", "personal", "participants", "tags", "extId", "_version"}
	case k == kindPerson:
		return []string{"relationship", "tags", "extId", "_version"}
	case k == kindCompany:
		return []string{"addresses", "tags", "extId", "_version"}
	default:
		return []string{"extId"}
	}
}

// insert creates a record. Nothing is kept when it returns an error.
func (s *Server) insert(k kind, body map[string]any, from source, author string) (*row, error) {
	w := &writing{
		Server: s, row: &row{kind: k, attrs: map[string]any{}}, body: body, source: from, create: true,
		now: s.opts.Now(), author: author,
	}
	if err := w.apply(); err != nil {
		return nil, err
	}
	s.rows.insert(w.row, w.now, author)
	s.record(w.now, author, from, OpCreate, w.row, nil)
	return w.row, nil
}

// update changes a record; r itself is replaced in place only when all of it went well.
func (s *Server) update(r *row, body map[string]any, from source, author string) error {
	w := &writing{
		Server: s, row: r.clone(), body: body, source: from, now: s.opts.Now(), author: author,
	}
	if err := w.apply(); err != nil {
		return err
	}
	return s.commit(r, w.row, author, from, w.quiet)
}

// commit makes the changed copy the record.
func (s *Server) commit(r, changed *row, author string, from source, quiet bool) error {
	before := s.picture(r)
	*r = *changed
	now := s.opts.Now()
	if !quiet {
		s.rows.touch(r, now, author)
	}
	s.record(now, author, from, OpUpdate, r, before)
	return nil
}

func (w *writing) apply() error {
	if err := w.refuseKeys(); err != nil {
		return err
	}
	for _, spec := range w.fields(w.row.kind) {
		value, given := w.body[spec.key]
		if !given && w.create && spec.required && w.source == fromAPI {
			return badInput()
		}
		if !given || !w.takes(spec) {
			continue
		}
		if err := w.field(spec, value); err != nil {
			return err
		}
	}
	if err := w.tags(); err != nil {
		return err
	}
	switch {
	case w.row.kind.isActivity():
		if err := w.activity(); err != nil {
			return err
		}
	case w.row.kind == kindPerson && (w.create || w.source == fromUser):
		if err := w.firstRelation(); err != nil {
			return err
		}
	case w.row.kind == kindCompany && (w.create || w.source == fromUser):
		if err := w.firstAddresses(); err != nil {
			return err
		}
	}
	return w.firstExtID()
}

// refuseKeys applies the switches about keys as a whole.
func (w *writing) refuseKeys() error {
	if w.source == fromUser {
		return nil
	}
	if name := w.switches.RefusedField; name != "" {
		if _, given := w.body[name]; given {
			return business("AttributeAccessDeniedException", "Nemáte právo měnit pole "+name)
		}
	}
	if w.switches.UnknownKeys == Refuse {
		for key := range w.body {
			known := slices.ContainsFunc(w.fields(w.row.kind), func(f field) bool { return f.key == key })
			if !known && !slices.Contains(special(w.row.kind), key) {
				return badInput()
			}
		}
	}
	if w.create && w.switches.ExtrasOnCreate == Refuse {
		for _, key := range w.extras() {
			if _, given := w.body[key]; given {
				return badInput()
			}
		}
	}
	return nil
}

// extras are the keys that a create does not have according to the documents.
func (w *writing) extras() []string {
	out := []string{"participants"}
	for _, spec := range w.fields(w.row.kind) {
		if spec.update && !spec.create {
			out = append(out, spec.key)
		}
	}
	return out
}

func (w *writing) takes(spec field) bool {
	switch {
	case w.source == fromUser:
		return true
	case w.create:
		return spec.create || spec.update && w.switches.ExtrasOnCreate == Accept
	default:
		return spec.update
	}
}

// field reads one value; null empties it, except where the service insists.
func (w *writing) field(spec field, value any) error {
	if value == nil || value == "" && spec.typ != typeText {
		if spec.required && value == nil {
			return badInput()
		}
		w.row.set(spec.key, nil)
		return nil
	}
	read, err := w.read(spec, value)
	if err != nil {
		return err
	}
	w.row.set(spec.key, read)
	return nil
}

func (w *writing) read(spec field, value any) (any, error) {
	switch spec.typ {
	case typeText, typeHTML, typeEnum, typeMoment, typeDate:
		text, ok := value.(string)
		if !ok {
			return nil, badInput()
		}
		return w.readText(spec, text)
	case typeBool:
		if yes, ok := truth(value); ok {
			return yes, nil
		}
	case typeRef:
		if id, ok := whole(value); ok && w.exists(spec, id) {
			return id, nil
		}
	case typeObject:
		if object, ok := value.(map[string]any); ok && w.knowsCountry(object) {
			return w.readObject(spec, object), nil
		}
	case typeFree:
		if object, ok := value.(map[string]any); ok {
			return w.readFree(spec.key, object), nil
		}
	case typeNumber:
		if number, ok := value.(float64); ok {
			return number, nil
		}
	}
	return nil, badInput()
}

func (w *writing) readText(spec field, text string) (any, error) {
	switch spec.typ {
	case typeHTML:
		return strippedTags.ReplaceAllString(text, ""), nil
	case typeEnum:
		if !slices.Contains(spec.enum, text) {
			return nil, business("IllegalArgumentException", "")
		}
		return text, nil
	case typeMoment:
		at, err := w.readMoment(text)
		if err != nil {
			return nil, badInput()
		}
		return at, nil
	case typeDate:
		if _, err := time.Parse(dateLayout, text); err != nil {
			return nil, badInput()
		}
		return text, nil
	default:
		return text, nil
	}
}

// strippedTags do not survive RAYNET's editor.
var strippedTags = regexp.MustCompile(`(?i)</?(table|thead|tbody|tfoot|tr|td|th|pre)(\s[^>]*)?>`)

func (w *writing) readMoment(text string) (time.Time, error) {
	if w.source == fromUser {
		if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
			return at.Truncate(time.Minute), nil
		}
	}
	return w.moment(text, w.switches.ZuluSuffix == Accept)
}

// exists tells whether a reference points at something; kinds the emulator has no records of are taken on trust.
func (w *writing) exists(spec field, id int64) bool {
	if spec.shape == shapeTitle {
		return w.activityTitle(id) != nil
	}
	return spec.target == "" || w.rows.get(spec.target, id) != nil
}

// knowsCountry refuses countries that are no codes.
func (w *writing) knowsCountry(object map[string]any) bool {
	code, ok := object["country"].(string)
	return !ok || code == "" || len(code) == 2 || w.source == fromUser
}

func (w *writing) readObject(spec field, object map[string]any) map[string]any {
	out := map[string]any{}
	if earlier, ok := w.row.attrs[spec.key].(map[string]any); ok && w.switches.MergeNested {
		maps.Copy(out, earlier)
	}
	for _, key := range spec.keys {
		if value, given := object[key]; given {
			out[key] = value
			if value == "" {
				out[key] = nil
			}
		}
	}
	return out
}

// readFree merges: an entry that is null or empty is cleared, one that is not mentioned stays.
func (w *writing) readFree(name string, object map[string]any) map[string]any {
	out := map[string]any{}
	if earlier, ok := w.row.attrs[name].(map[string]any); ok {
		maps.Copy(out, earlier)
	}
	for key, value := range object {
		if value == nil || value == "" {
			delete(out, key)
			continue
		}
		out[key] = value
	}
	return out
}

// tags: a list or one text with commas; "" leaves them, null clears them. Persons and companies take them on
// create only.
func (w *writing) tags() error {
	value, given := w.body["tags"]
	if !given || w.row.kind.isCodeList() {
		return nil
	}
	if !w.create && w.source == fromAPI && !w.row.kind.isActivity() {
		return nil
	}
	switch value := value.(type) {
	case nil:
		w.row.tags = nil
	case string:
		if value != "" {
			w.row.tags = splitTags(value)
		}
	case []any:
		w.row.tags = nil
		for _, tag := range value {
			text, ok := tag.(string)
			if !ok {
				return badInput()
			}
			w.row.tags = append(w.row.tags, text)
		}
	case []string:
		w.row.tags = slices.Clone(value)
	default:
		return badInput()
	}
	return nil
}

func splitTags(text string) []string {
	var out []string
	for tag := range strings.SplitSeq(text, ",") {
		if tag = strings.TrimSpace(tag); tag != "" && !slices.Contains(out, tag) {
			out = append(out, tag)
		}
	}
	return out
}

func (w *writing) firstExtID() error {
	value, given := w.body["extId"]
	if !given || !w.create || value == nil {
		return nil
	}
	text, ok := value.(string)
	if !ok {
		return badInput()
	}
	if w.source == fromAPI {
		switch w.switches.ExtIDOnCreate {
		case Refuse:
			return business("IllegalArgumentException", "Neznámý atribut extId")
		case Ignore:
			return nil
		}
	}
	return w.addExtID(w.row, text)
}

// maxExtIDs is how many external ids a record can have.
const maxExtIDs = 10

// addExtID adds an external id to a copy or a new row; the index follows in table.insert and setExtIDs.
func (s *Server) addExtID(r *row, text string) error {
	s.rows.pool(r.kind)
	switch holder := s.rows.byExtID[r.kind][text]; {
	case text == "":
		return badInput()
	case holder != nil && holder.id != r.id || holder != nil && r.id == 0:
		return business("TranslatedApplicationException: exception.duplicateKey", "Externí ID musí být jedinečné")
	case slices.Contains(r.extIDs, text):
		return nil
	case len(r.extIDs) >= maxExtIDs:
		return business("IllegalArgumentException", "Záznam má nejvýše 10 externích ID")
	}
	r.extIDs = append(r.extIDs, text)
	return nil
}

// locked refuses a write to a locked record.
func (s *Server) lockedFor(r *row) error {
	if r.locked || s.switches.LockedRecords {
		return business("TranslatedApplicationException: exception.recordLocked", "Záznam je uzamčen")
	}
	return nil
}

func forbidden() *refusal {
	return refuse(http.StatusForbidden, "AttributeAccessDeniedException")
}
