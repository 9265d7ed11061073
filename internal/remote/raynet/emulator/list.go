package emulator

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxLimit     = 1000
	defaultLimit = 20
)

// query is a list request, read.
type query struct {
	kind          kind // "" is /activity/
	offset, limit int
	sort          string
	descending    bool
	stateOnly     bool
	face          face
	filters       []predicate
	above, below  int64     // ids asked for, exclusive; below 0 means no bound
	onlyIDs       bool      // the filters say nothing that above and below do not
	changedSince  time.Time // a lower bound of the time of modification; zero for none
}

func (s *Server) faceOf(values url.Values) (face, error) {
	switch values.Get("dateFormat") {
	case "":
		return face{zone: s.zone}, nil
	case "ISO8601":
		return face{zone: s.zone, iso: true}, nil
	default:
		return face{}, badInput()
	}
}

func (s *Server) parseQuery(k kind, values url.Values) (*query, error) {
	f, err := s.faceOf(values)
	if err != nil {
		return nil, err
	}
	q := &query{kind: k, limit: defaultLimit, sort: "id", face: f, onlyIDs: true}
	columns := s.columns(k)
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range values[name] {
			if err := s.parameter(q, columns, name, value); err != nil {
				return nil, err
			}
		}
	}
	return q, nil
}

func (s *Server) parameter(q *query, columns map[string]column, name, value string) error {
	switch name {
	case "dateFormat":
		return nil
	case "offset", "limit":
		return s.page(q, name, value)
	case "sortColumn":
		if q.sort = value; !slices.Contains(sortColumns(q.kind), value) {
			return unsupportedFilter(value)
		}
	case "sortDirection":
		if value != "ASC" && value != "DESC" {
			return badInput()
		}
		q.descending = value == "DESC"
	case "view":
		q.stateOnly = value == "rowInfo"
	case "fulltext":
		q.add(fulltext(value))
	case "tags":
		if q.kind == kindUserAccount || q.kind.isCodeList() {
			return unsupportedFilter(name)
		}
		wanted := splitTags(value)
		q.add(func(r *row) bool {
			return slices.ContainsFunc(r.tags, func(tag string) bool { return slices.Contains(wanted, tag) })
		})
	default:
		return s.filter(q, columns, name, value)
	}
	return nil
}

func (q *query) add(keep predicate) {
	q.filters, q.onlyIDs = append(q.filters, keep), false
}

func (s *Server) page(q *query, name, value string) error {
	number, err := strconv.Atoi(value)
	if err != nil || number < 0 {
		return badInput()
	}
	if name == "offset" {
		q.offset = number
		return nil
	}
	if number > maxLimit {
		if s.switches.OverLimit == Refuse {
			return badInput()
		}
		number = maxLimit
	}
	q.limit = number
	return nil
}

func (s *Server) filter(q *query, columns map[string]column, name, value string) error {
	attribute, op, bracket := strings.Cut(name, "[")
	if bracket {
		var closed bool
		if op, closed = strings.CutSuffix(op, "]"); !closed {
			return unsupportedFilter(name)
		}
	}
	c, ok := columns[attribute]
	if !ok {
		return unsupportedFilter(name)
	}
	keep, err := s.compile(c, attribute, op, value)
	if err != nil {
		return err
	}
	if attribute == "id" && q.bound(op, value) {
		return nil
	}
	if attribute == "rowInfo.lastModifiedAt" && (op == "GE" || op == "GT") {
		if at, err := s.moment(value, true); err == nil && at.After(q.changedSince) {
			q.changedSince = at
		}
	}
	q.add(keep)
	return nil
}

// bound turns a comparison of ids into the part of the order to look at.
func (q *query) bound(op, value string) bool {
	id, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return false
	}
	switch op {
	case "GT":
		q.above = max(q.above, id)
	case "GE":
		q.above = max(q.above, id-1)
	case "LT":
		q.upTo(id)
	case "LE":
		q.upTo(id + 1)
	default:
		return false
	}
	return true
}

func (q *query) upTo(id int64) {
	if id = max(id, 1); q.below == 0 || id < q.below {
		q.below = id
	}
}

func fulltext(text string) predicate {
	words := strings.Fields(strings.ToLower(text))
	return func(r *row) bool {
		var all []string
		for _, key := range []string{"title", "description", "firstName", "lastName", "name", "username"} {
			all = append(all, strings.Fields(strings.ToLower(r.text(key)))...)
		}
		for _, word := range words {
			if !slices.ContainsFunc(all, func(have string) bool { return strings.HasPrefix(have, word) }) {
				return false
			}
		}
		return true
	}
}

func sortColumns(k kind) []string {
	state := []string{"id", "rowInfo.createdAt", "rowInfo.updatedAt", "rowInfo.lastModifiedAt"}
	switch {
	case k == kindTask:
		return append(state, "title", "tags", "scheduledFrom", "scheduledTill", "completed", "deadline", "category",
			"owner", "status")
	case k == "" || k.isActivity():
		return append(state, "title", "tags", "scheduledFrom", "scheduledTill", "completed", "category", "owner",
			"status")
	case k == kindPerson:
		return append(state, "firstName", "lastName")
	case k == kindCompany:
		return append(state, "name", "rating", "state", "role")
	case k == kindUserAccount:
		return []string{"username", "userRole"}
	default:
		return []string{"code01"}
	}
}

// list answers GET /{entity}/ and GET /activity/.
func (s *Server) list(k kind, values url.Values) (reply, error) {
	q, err := s.parseQuery(k, values)
	if err != nil {
		return reply{}, err
	}
	page, total := s.selection(q)
	rows := make([]map[string]any, 0, len(page))
	for _, r := range page {
		shown := s.listRow(r, q.face)
		if q.stateOnly {
			shown = stamps(r, q.face)
			shown["id"], shown["_version"] = r.id, r.version
		}
		if k == "" {
			shown["_entityName"] = r.kind.entityName()
		}
		rows = append(rows, shown)
	}
	body := map[string]any{"success": s.success(false), "totalCount": total, "data": rows}
	return reply{status: http.StatusOK, body: body}, nil
}

// selection finds the page of rows and how many there are in all. It looks at the changes alone when there is a lower
// bound of modification, and counts by position when only ids are asked for.
func (s *Server) selection(q *query) ([]*row, int) {
	hiding := s.rows.anyHidden || s.switches.InvisibleTenth
	candidates := s.candidates(q)
	if q.onlyIDs && !hiding && q.sort == "id" && q.changedSince.IsZero() {
		return cutPage(q, candidates), len(candidates)
	}
	var found []*row
	for _, r := range candidates {
		if s.visible(r) && q.wants(r) {
			found = append(found, r)
		}
	}
	if q.sort != "id" {
		slices.SortStableFunc(found, func(a, b *row) int {
			return cmp.Or(cmp.Compare(s.sortKey(a, q.sort), s.sortKey(b, q.sort)), cmp.Compare(a.id, b.id))
		})
	}
	return cutPage(q, found), len(found)
}

// candidates returns rows in the order of their ids.
func (s *Server) candidates(q *query) []*row {
	p := s.rows.activity
	if q.kind != "" {
		p = s.rows.pool(q.kind)
	}
	if !q.changedSince.IsZero() {
		return s.changedRows(q)
	}
	from, _ := slices.BinarySearchFunc(p.rows, q.above+1, byID)
	rows := p.rows[from:]
	if q.below != 0 {
		to, _ := slices.BinarySearchFunc(rows, q.below, byID)
		rows = rows[:to]
	}
	return rows
}

func (s *Server) changedRows(q *query) []*row {
	order := s.rows.activity.changes
	if q.kind != "" {
		order = s.rows.changes(q.kind)
	}
	var out []*row
	for at := order.Back(); at != nil; at = at.Prev() {
		r := at.Value.(*row)
		if r.modifiedAt().Before(q.changedSince) {
			break
		}
		if (q.kind == "" || r.kind == q.kind) && r.id > q.above && (q.below == 0 || r.id < q.below) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *row) int { return cmp.Compare(a.id, b.id) })
	return out
}

func (q *query) wants(r *row) bool {
	for _, keep := range q.filters {
		if !keep(r) {
			return false
		}
	}
	return true
}

func (s *Server) visible(r *row) bool {
	return !r.hidden && !(s.switches.InvisibleTenth && r.id%10 == 0 && r.kind.isActivity())
}

// cutPage takes offset and limit from rows in ascending order, from the other end when the order is descending.
func cutPage(q *query, rows []*row) []*row {
	from := min(q.offset, len(rows))
	to := min(from+q.limit, len(rows))
	if !q.descending {
		return rows[from:to]
	}
	page := slices.Clone(rows[len(rows)-to : len(rows)-from])
	slices.Reverse(page)
	return page
}

// sortKey is text that sorts as the column does.
func (s *Server) sortKey(r *row, name string) string {
	order := func(t time.Time) string { return t.UTC().Truncate(time.Minute).Format(time.RFC3339) }
	switch name {
	case "rowInfo.createdAt":
		return order(r.createdAt)
	case "rowInfo.updatedAt":
		return order(r.updatedAt)
	case "rowInfo.lastModifiedAt":
		return order(r.modifiedAt())
	case "scheduledFrom", "scheduledTill", "completed", "deadline":
		return order(r.moment(name))
	case "tags":
		return strings.Join(r.tags, ",")
	case "category":
		return s.nameOf(kindActivityCategory, r.ref("category"))
	case "owner":
		if owner := r.owner(); owner != nil {
			return s.nameOf(kindPerson, owner.person)
		}
		return ""
	default:
		return r.text(name)
	}
}
