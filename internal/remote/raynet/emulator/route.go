package emulator

import (
	"net/http"
	"slices"
	"strconv"
)

// route finds what a call asks for.
func (s *Server) route(c *call) (reply, error) {
	if len(c.path) == 0 {
		return reply{}, notFound()
	}
	switch c.path[0] {
	case "security":
		return s.security(c)
	case "webhook":
		return s.webhook(c)
	case "image", "icon":
		return s.image(c)
	case "activity":
		if len(c.path) == 1 && c.method == http.MethodGet {
			return s.list("", c.values)
		}
		return reply{}, notFound() // there is no detail
	}
	k, ok := kindOf(c.path[0])
	switch {
	case !ok:
		return reply{}, notFound()
	case len(c.path) == 1:
		return s.collection(c, k)
	case c.path[1] == "ext" && len(c.path) == 3 && c.method == http.MethodGet:
		s.rows.pool(k)
		if r := s.rows.byExtID[k][c.path[2]]; r != nil && s.visible(r) {
			return s.showDetail(c, r)
		}
		return reply{}, notFound()
	}
	id, err := strconv.ParseInt(c.path[1], 10, 64)
	if err != nil {
		return reply{}, notFound()
	}
	r := s.rows.get(k, id)
	if r == nil || !s.visible(r) {
		return reply{}, notFound()
	}
	if len(c.path) == 2 {
		return s.single(c, r)
	}
	return s.below(c, r, c.path[2], c.path[3:])
}

// readOnly entities are made by nobody through the API.
func readOnly(k kind) bool {
	return k == kindUserAccount || k == kindEmail || k == kindLetter
}

func (s *Server) collection(c *call, k kind) (reply, error) {
	switch {
	case c.method == http.MethodGet:
		return s.list(k, c.values)
	case c.method != http.MethodPut || readOnly(k):
		return reply{}, notFound()
	}
	if c.body == nil {
		return reply{}, badInput()
	}
	r, err := s.insert(k, c.body, fromAPI, c.author)
	if err != nil {
		return reply{}, err
	}
	if k.isCodeList() {
		return created(r.id, s.success(true)), nil
	}
	return created(map[string]any{"id": r.id}, s.success(false)), nil
}

func (s *Server) showDetail(c *call, r *row) (reply, error) {
	f, err := s.faceOf(c.values)
	if err != nil {
		return reply{}, err
	}
	for name := range c.values {
		if name != "dateFormat" {
			return reply{}, unsupportedFilter(name)
		}
	}
	return reply{http.StatusOK, map[string]any{"success": s.success(true), "data": s.detail(r, f)}}, nil
}

func (s *Server) single(c *call, r *row) (reply, error) {
	if c.method == http.MethodGet {
		if r.kind.isCodeList() {
			return reply{}, notFound()
		}
		return s.showDetail(c, r)
	}
	if readOnly(r.kind) {
		return reply{}, notFound()
	}
	if err := s.lockedFor(r); err != nil {
		return reply{}, err
	}
	switch c.method {
	case http.MethodPost:
		if c.body == nil {
			return reply{}, badInput()
		}
		if err := s.update(r, c.body, fromAPI, c.author); err != nil {
			return reply{}, err
		}
		if r.kind == kindPerson || r.kind == kindCompany {
			return reply{status: http.StatusOK}, nil
		}
		return reply{http.StatusOK, map[string]any{"success": s.success(false)}}, nil
	case http.MethodDelete:
		if (r.kind == kindPerson || r.kind == kindCompany) && s.referenced(r.kind, r.id) {
			return reply{}, business("TranslatedApplicationException: exception.stillReferenced",
				"Záznam je používán jinde")
		}
		s.forget(r, c.author, fromAPI)
		return reply{status: http.StatusOK}, nil
	default:
		return reply{}, notFound()
	}
}

// below is what hangs on one record.
func (s *Server) below(c *call, r *row, what string, rest []string) (reply, error) {
	if what == "unlock" && c.method == http.MethodPost {
		return s.flag(c, r, func(r *row) { r.locked = false })
	}
	if err := s.lockedFor(r); err != nil && c.method != http.MethodGet {
		return reply{}, err
	}
	contact := r.kind == kindPerson || r.kind == kindCompany
	post := c.method == http.MethodPost
	switch {
	case what == "lock" && post && (contact || r.kind.isActivity()):
		return s.flag(c, r, func(r *row) { r.locked = true })
	case what == "invalid" && post && contact:
		return s.flag(c, r, func(r *row) { r.invalid = true })
	case what == "valid" && post && contact:
		return s.flag(c, r, func(r *row) { r.invalid = false })
	case what == "anonymize" && post && contact:
		return done(s.anonymize(r, c.author))
	case what == "merge" && post && contact && len(rest) == 1:
		source, _ := whole(rest[0])
		return done(s.merge(r, source, c.author))
	case what == "tag" && (contact || r.kind.isActivity()):
		return s.tag(c, r)
	case what == "extId":
		return s.extID(c, r, rest)
	case what == "relationship" && r.kind == kindPerson:
		return s.relationship(c, r, rest)
	case what == "relationship" && r.kind == kindCompany:
		return s.companyLinks(c, r, rest)
	case what == "address" && r.kind == kindCompany:
		return s.address(c, r, rest)
	default:
		return reply{}, notFound()
	}
}

// done is the empty answer to a call that went well.
func done(err error) (reply, error) { return reply{status: http.StatusOK}, err }

func (s *Server) flag(c *call, r *row, change func(*row)) (reply, error) {
	changed := r.clone()
	change(changed)
	return reply{status: http.StatusOK}, s.commit(r, changed, c.author, fromAPI, false)
}

func (s *Server) tag(c *call, r *row) (reply, error) {
	text, ok := c.body["tag"].(string)
	if !ok || text == "" {
		return reply{}, badInput()
	}
	changed := r.clone()
	answer := reply{status: http.StatusOK}
	switch c.method {
	case http.MethodPut:
		answer.status = http.StatusCreated
		for _, tag := range splitTags(text) {
			if !slices.Contains(changed.tags, tag) {
				changed.tags = append(changed.tags, tag)
			}
		}
	case http.MethodDelete:
		gone := splitTags(text)
		changed.tags = slices.DeleteFunc(changed.tags, func(tag string) bool { return slices.Contains(gone, tag) })
	default:
		return reply{}, notFound()
	}
	return answer, s.commit(r, changed, c.author, fromAPI, false)
}

// extID adds or takes away an external id; both keep the lookup in step.
func (s *Server) extID(c *call, r *row, rest []string) (reply, error) {
	changed := r.clone()
	switch {
	case len(rest) == 0 && c.method == http.MethodPut:
		text, ok := c.body["extId"].(string)
		if !ok {
			return reply{}, badInput()
		}
		if err := s.addExtID(changed, text); err != nil {
			return reply{}, err
		}
		s.rows.byExtID[r.kind][text] = r
	case len(rest) == 1 && c.method == http.MethodDelete:
		at := slices.Index(changed.extIDs, rest[0])
		if at < 0 {
			return reply{}, notFound()
		}
		changed.extIDs = slices.Delete(changed.extIDs, at, at+1)
		delete(s.rows.byExtID[r.kind], rest[0])
	default:
		return reply{}, notFound()
	}
	answer := reply{http.StatusOK, map[string]any{"success": s.success(true)}}
	return answer, s.commit(r, changed, c.author, fromAPI, s.switches.QuietExtID)
}

// security is who am I, and the bearer token.
func (s *Server) security(c *call) (reply, error) {
	if c.method != http.MethodGet || len(c.path) != 2 {
		return reply{}, notFound()
	}
	switch c.path[1] {
	case "info":
		account := s.accountOf(s.apiUser)
		return reply{http.StatusOK, map[string]any{
			"X-Instance-Id": s.opts.InstanceID, "X-Instance-Name": s.opts.Instance, "username": s.opts.User,
			"userAccountId": account.id,
		}}, nil
	case "bearertoken":
		return reply{http.StatusOK, map[string]any{"token": s.bearer()}}, nil
	default:
		return reply{}, notFound()
	}
}
