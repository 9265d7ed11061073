package emulator

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// predicate tells whether a row is wanted.
type predicate func(*row) bool

// column is something a list can be filtered by, and what of it.
type column struct {
	ops []string
	// One of these reads the value; number's and moment's second result and an empty text mean null.
	number func(*row) (int64, bool)
	text   func(*row) string
	moment func(*row) time.Time
	custom func(value string) (predicate, bool)
}

func textOps() []string   { return []string{"EQ", "NE", "LIKE", "LIKE_NOCASE"} }
func rangeOps() []string  { return []string{"GT", "GE", "LT", "LE"} }
func numberOps() []string { return []string{"EQ", "NE", "GT", "GE", "LT", "LE"} }
func equalOps() []string  { return []string{"EQ", "NE"} }
func accessOps() []string { return []string{"EQ", "NE", "EQ_OR_NULL", "NE_OR_NULL"} }

// columns are the filters of an entity; "" is /activity/.
func (s *Server) columns(k kind) map[string]column {
	out := map[string]column{
		"rowInfo.createdAt":      {ops: rangeOps(), moment: func(r *row) time.Time { return r.createdAt }},
		"rowInfo.updatedAt":      {ops: rangeOps(), moment: func(r *row) time.Time { return r.updatedAt }},
		"rowInfo.lastModifiedAt": {ops: rangeOps(), moment: (*row).modifiedAt},
	}
	id := column{ops: append(numberOps(), "IN"), number: func(r *row) (int64, bool) { return r.id, true }}
	if s.switches.RefuseIDList && (k == kindPerson || k == kindCompany) {
		id.ops = numberOps()
	}
	switch {
	case k == "" || k.isActivity():
		out["id"] = id
		s.activityColumns(k, out)
	case k == kindPerson:
		out["id"] = id
		s.personColumns(out)
	case k == kindCompany:
		out["id"] = id
		s.companyColumns(out)
	case k == kindUserAccount:
		out["id"] = id
		out["username"] = column{ops: textOps(), text: textOf("username")}
		out["userRole"] = column{ops: equalOps(), text: textOf("userRole")}
	default:
		return map[string]column{}
	}
	return out
}

func textOf(key string) func(*row) string { return func(r *row) string { return r.text(key) } }

func refOf(key string) func(*row) (int64, bool) {
	return func(r *row) (int64, bool) { id := r.ref(key); return id, id != 0 }
}

func momentOf(key string) func(*row) time.Time {
	return func(r *row) time.Time { return r.moment(key) }
}

func (s *Server) activityColumns(k kind, out map[string]column) {
	out["title"] = column{ops: textOps(), text: textOf("title")}
	out["status"] = column{ops: textOps(), text: textOf("status")}
	for _, key := range []string{"scheduledFrom", "scheduledTill", "completed"} {
		out[key] = column{ops: rangeOps(), moment: momentOf(key)}
	}
	if k == kindTask {
		out["deadline"] = column{ops: numberOps(), moment: momentOf("deadline")}
	}
	out["category-id"] = column{ops: numberOps(), number: refOf("category")}
	out["owner-id"] = column{ops: numberOps(), number: func(r *row) (int64, bool) {
		owner := r.owner()
		if owner == nil {
			return 0, false
		}
		return owner.person, true
	}}
	out["businessCase"] = column{ops: []string{"EQ", "NE", "IN", "NOT_IN"}, number: refOf("businessCase")}
	out["personFilter"] = involves(func(r *row, id int64) bool {
		return r.ref("person") == id || slices.ContainsFunc(r.participants, func(p participant) bool { return p.person == id })
	})
	out["companyContextFilter"] = involves(func(r *row, id int64) bool {
		return r.ref("company") == id ||
			slices.ContainsFunc(r.participants, func(p participant) bool { return p.company == id })
	})
	out["leadContextFilter"] = involves(func(r *row, id int64) bool {
		return r.ref("lead") == id || slices.ContainsFunc(r.participants, func(p participant) bool { return p.lead == id })
	})
}

func (s *Server) personColumns(out map[string]column) {
	for _, key := range []string{"firstName", "lastName"} {
		out[key] = column{ops: textOps(), text: textOf(key)}
	}
	for _, key := range []string{"email", "email2"} {
		out["contactInfo."+key] = column{ops: textOps(), text: func(r *row) string {
			object, _ := r.attrs["contactInfo"].(map[string]any)
			text, _ := object[key].(string)
			return text
		}}
	}
	employer := func(r *row) (int64, bool) {
		if rel := r.primaryRelation(); rel != nil {
			return rel.company, true
		}
		return 0, false
	}
	out["primaryRelationship-company-id"] = column{ops: equalOps(), number: employer}
	out["primaryRelationship-company-name"] = column{ops: textOps(), text: func(r *row) string {
		id, _ := employer(r)
		return s.nameOf(kindCompany, id)
	}}
	out["userAccount-id"] = column{ops: equalOps(), number: func(r *row) (int64, bool) {
		if account := s.accountOf(r.id); account != nil {
			return account.id, true
		}
		return 0, false
	}}
	for _, key := range []string{
		"owner", "category", "personClassification1", "personClassification2", "personClassification3",
	} {
		out[key] = column{ops: equalOps(), number: refOf(key)}
	}
	related := involves(func(r *row, id int64) bool {
		return slices.ContainsFunc(r.relations, func(rel relation) bool { return rel.company == id })
	})
	related.ops = []string{"CUSTOM"}
	out["personRelationship"] = related
	out["rowInfo.rowAccess"] = column{ops: accessOps(), text: rowAccess}
}

func (s *Server) companyColumns(out map[string]column) {
	for _, key := range []string{"name", "regNumber", "taxNumber", "firstName", "lastName"} {
		out[key] = column{ops: textOps(), text: textOf(key)}
	}
	for _, key := range []string{"rating", "state", "role"} {
		out[key] = column{ops: equalOps(), text: textOf(key)}
	}
	for _, key := range []string{"owner", "category"} {
		out[key] = column{ops: equalOps(), number: refOf(key)}
	}
	out["primaryAddress-contactInfo.email"] = column{ops: textOps(), text: func(r *row) string {
		if a := r.primaryAddress(); a != nil {
			text, _ := a.reach["email"].(string)
			return text
		}
		return ""
	}}
	out["rowInfo.rowAccess"] = column{ops: accessOps(), text: rowAccess}
}

func rowAccess(r *row) string {
	if r.invalid {
		return "INVALID"
	}
	return ""
}

// involves is a filter without an operator that takes an id.
func involves(has func(*row, int64) bool) column {
	return column{ops: []string{""}, custom: func(value string) (predicate, bool) {
		id, err := strconv.ParseInt(value, 10, 64)
		return func(r *row) bool { return has(r, id) }, err == nil
	}}
}

// compile makes the predicate for one query name, such as rowInfo.lastModifiedAt[GE].
func (s *Server) compile(c column, name, op, value string) (predicate, error) {
	switch {
	case op == "" && !slices.Contains(c.ops, ""):
		op = "EQ"
	case op == "EQ" && slices.Contains(c.ops, ""):
		op = ""
	}
	if !slices.Contains(c.ops, op) {
		return nil, unsupportedFilter(name + "[" + op + "]")
	}
	if c.custom != nil {
		if keep, ok := c.custom(value); ok {
			return keep, nil
		}
		return nil, badInput()
	}
	if c.text != nil {
		return compileText(c.text, op, value), nil
	}
	if value == "" || value == "null" {
		return compileEmpty(c, op)
	}
	if c.number != nil {
		return compileNumber(c.number, op, value)
	}
	at, err := s.moment(value, s.switches.ZuluSuffix == Accept)
	if err != nil {
		return nil, badInput()
	}
	precise := name == "rowInfo.lastModifiedAt" && s.switches.ComparesSeconds
	return func(r *row) bool {
		stored := c.moment(r)
		if !precise {
			stored = stored.Truncate(time.Minute)
		}
		return !c.moment(r).IsZero() && ordered(op, stored.Compare(at))
	}, nil
}

func compileEmpty(c column, op string) (predicate, error) {
	if op != "EQ" && op != "NE" {
		return nil, badInput()
	}
	return func(r *row) bool {
		var given bool
		if c.number != nil {
			_, given = c.number(r)
		} else {
			given = !c.moment(r).IsZero()
		}
		return given == (op == "NE")
	}, nil
}

func compileNumber(read func(*row) (int64, bool), op, value string) (predicate, error) {
	var wanted []int64
	for part := range strings.SplitSeq(value, ",") {
		id, err := strconv.ParseInt(strings.TrimSpace(part), 10, 64)
		if err != nil {
			return nil, badInput()
		}
		wanted = append(wanted, id)
	}
	if op == "IN" || op == "NOT_IN" {
		return func(r *row) bool {
			id, given := read(r)
			return given && slices.Contains(wanted, id) == (op == "IN")
		}, nil
	}
	if len(wanted) != 1 {
		return nil, badInput()
	}
	return func(r *row) bool {
		id, given := read(r)
		return given && ordered(op, cmp.Compare(id, wanted[0]))
	}, nil
}

func ordered(op string, difference int) bool {
	switch op {
	case "EQ":
		return difference == 0
	case "NE":
		return difference != 0
	case "GT":
		return difference > 0
	case "GE":
		return difference >= 0
	case "LT":
		return difference < 0
	case "LE":
		return difference <= 0
	default:
		return false
	}
}

func compileText(read func(*row) string, op, value string) predicate {
	if value == "null" {
		value = ""
	}
	switch op {
	case "EQ":
		return func(r *row) bool { return read(r) == value }
	case "EQ_OR_NULL":
		return func(r *row) bool { return read(r) == value || read(r) == "" }
	case "NE":
		return func(r *row) bool { return read(r) != value && read(r) != "" }
	case "NE_OR_NULL":
		return func(r *row) bool { return read(r) != value || read(r) == "" }
	default:
		parts := strings.Split(value, "%")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		flags := "(?s)"
		if op == "LIKE_NOCASE" {
			flags = "(?si)"
		}
		pattern := regexp.MustCompile(flags + "^" + strings.Join(parts, ".*") + "$")
		return func(r *row) bool { return pattern.MatchString(read(r)) }
	}
}
