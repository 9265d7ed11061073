package emulator

import (
	"net/http"
	"slices"
)

// personDetail adds what only the detail has.
func (s *Server) personDetail(r *row, out map[string]any) {
	s.personCommon(r, out)
	out["_version"] = r.version
	out["photo"], out["attachments"] = nil, []any{}
	if p := r.photo; p != nil {
		out["photo"] = map[string]any{"id": p.id, "contentType": p.contentType, "fileName": p.fileName(), "size": len(p.data)}
	}
	out["extIds"] = extIDs(r)
	relations := make([]map[string]any, 0, len(r.relations))
	for _, rel := range r.relations {
		relations = append(relations, s.showRelation(rel))
	}
	out["relationships"] = relations
}

// personRow adds what only the list has.
func (s *Server) personRow(r *row, out map[string]any) {
	s.personCommon(r, out)
	delete(out, "socialNetworkContact")
	delete(out, "originLead")
	out["companyAddress"] = nil
	if rel := r.primaryRelation(); rel != nil {
		if company := s.rows.get(kindCompany, rel.company); company != nil {
			if a := company.primaryAddress(); a != nil {
				place := showObject(a.place, placeKeys())
				place["id"] = a.id
				out["companyAddress"] = map[string]any{"address": place, "territory": nil}
			}
		}
	}
}

func (s *Server) personCommon(r *row, out map[string]any) {
	out["activeUserAccount"] = s.accountOf(r.id) != nil
	out["inlineGdpr"] = []any{}
	out["primaryRelationship"] = nil
	if rel := r.primaryRelation(); rel != nil {
		out["primaryRelationship"] = map[string]any{
			"id": rel.id, "type": rel.title,
			"company": map[string]any{"id": rel.company, "name": s.nameOf(kindCompany, rel.company)},
		}
	}
}

func (r *row) primaryRelation() *relation {
	for i := range r.relations {
		if r.relations[i].primary {
			return &r.relations[i]
		}
	}
	return nil
}

func (s *Server) showRelation(rel relation) map[string]any {
	out := map[string]any{
		"id": rel.id, "type": rel.title, "primary": rel.primary, "notice": nil, "companyAddress": nil,
		"company": map[string]any{"id": rel.company, "name": s.nameOf(kindCompany, rel.company)},
	}
	if rel.notice != "" {
		out["notice"] = rel.notice
	}
	if company := s.rows.get(kindCompany, rel.company); company != nil {
		for _, a := range company.addresses {
			if a.id == rel.companyAddress {
				out["companyAddress"] = map[string]any{"id": a.id, "name": a.place["name"]}
			}
		}
	}
	return out
}

// firstRelation is the employer a create may name, or the one that a user puts in the place of the primary one.
func (w *writing) firstRelation() error {
	value, given := w.body["relationship"]
	if !given || value == nil {
		return nil
	}
	object, ok := value.(map[string]any)
	if !ok {
		return badInput()
	}
	rel, err := w.readRelation(object, false)
	if err != nil {
		return err
	}
	rel.id, rel.primary = w.rows.nextPart(), true
	for i, other := range w.row.relations {
		if other.primary {
			rel.id = other.id
			w.row.relations[i] = rel
			return nil
		}
	}
	w.row.relations = append(w.row.relations, rel)
	return nil
}

func (s *Server) readRelation(object map[string]any, titled bool) (relation, error) {
	var out relation
	company, ok := whole(object["company"])
	if !ok || s.rows.get(kindCompany, company) == nil {
		return out, badInput()
	}
	out.company = company
	if value := object["companyAddress"]; value != nil {
		if out.companyAddress, ok = whole(value); !ok {
			return out, badInput()
		}
	}
	out.title, _ = object["type"].(string)
	out.notice, _ = object["notice"].(string)
	if titled && out.title == "" {
		return out, badInput()
	}
	return out, nil
}

// relationship is /person/{id}/relationship/…; rest is what follows.
func (s *Server) relationship(call *call, r *row, rest []string) (reply, error) {
	changed := r.clone()
	at := -1
	if len(rest) > 0 {
		id, _ := whole(rest[0])
		at = slices.IndexFunc(changed.relations, func(rel relation) bool { return rel.id == id })
		if at < 0 {
			return reply{}, notFound()
		}
	}
	answer := reply{status: http.StatusOK}
	switch {
	case len(rest) == 0 && call.method == http.MethodPut:
		rel, err := s.readRelation(call.body, true)
		if err != nil {
			return reply{}, err
		}
		rel.id, rel.primary = s.rows.nextPart(), len(changed.relations) == 0
		changed.relations = append(changed.relations, rel)
		answer = created(map[string]any{"id": rel.id}, s.success(false))
	case len(rest) == 1 && call.method == http.MethodPost:
		rel, err := s.readRelation(call.body, true)
		if err != nil {
			return reply{}, err
		}
		rel.id, rel.primary = changed.relations[at].id, changed.relations[at].primary
		changed.relations[at] = rel
	case len(rest) == 1 && call.method == http.MethodDelete:
		wasPrimary := changed.relations[at].primary
		changed.relations = slices.Delete(changed.relations, at, at+1)
		if wasPrimary && len(changed.relations) > 0 {
			changed.relations[0].primary = true
		}
	case len(rest) == 2 && rest[1] == "setPrimary" && call.method == http.MethodPost:
		for i := range changed.relations {
			changed.relations[i].primary = i == at
		}
	default:
		return reply{}, notFound()
	}
	return answer, s.commit(r, changed, call.author, fromAPI, false)
}

// anonymize overwrites what tells who it is; the record stays.
func (s *Server) anonymize(r *row, author string) error {
	changed := r.clone()
	for _, key := range []string{
		"firstName", "titleBefore", "titleAfter", "salutation", "birthday", "gender", "contactInfo", "privateAddress",
		"socialNetworkContact", "notice", "customFields",
	} {
		changed.set(key, nil)
	}
	changed.set("lastName", "Anonymizováno")
	if r.kind == kindCompany {
		changed.set("name", "Anonymizováno")
	}
	changed.photo = nil
	return s.commit(r, changed, author, fromAPI, false)
}

// merge moves the source's data to the target and deletes the source; external ids go with the source.
func (s *Server) merge(target *row, sourceID int64, author string) error {
	lost := s.rows.get(target.kind, sourceID)
	if lost == nil || lost == target {
		return notFound()
	}
	changed := target.clone()
	for key, value := range lost.attrs {
		if _, has := changed.attrs[key]; !has {
			changed.attrs[key] = value
		}
	}
	for _, tag := range lost.tags {
		if !slices.Contains(changed.tags, tag) {
			changed.tags = append(changed.tags, tag)
		}
	}
	for _, rel := range lost.relations {
		rel.primary = rel.primary && len(changed.relations) == 0
		changed.relations = append(changed.relations, rel)
	}
	for _, a := range lost.addresses {
		a.primary, a.contact = false, false
		changed.addresses = append(changed.addresses, a)
	}
	s.repoint(target.kind, sourceID, target.id)
	if err := s.commit(target, changed, author, fromAPI, false); err != nil {
		return err
	}
	s.forget(lost, author, fromAPI)
	return nil
}

// repoint makes everything that points at one person or company point at another, without a change stamp.
func (s *Server) repoint(k kind, from, to int64) {
	for _, a := range s.rows.activity.rows {
		for i := range a.participants {
			p := &a.participants[i]
			if k == kindPerson && p.person == from {
				p.person = to
			}
			if k == kindCompany && p.company == from {
				p.company = to
			}
		}
		if a.ref(string(k)) == from {
			a.set(string(k), to)
		}
	}
	for _, person := range s.rows.pool(kindPerson).rows {
		for i := range person.relations {
			if k == kindCompany && person.relations[i].company == from {
				person.relations[i].company = to
			}
		}
	}
}

// referenced tells whether something else points at a person or company.
func (s *Server) referenced(k kind, id int64) bool {
	if k == kindPerson && s.accountOf(id) != nil {
		return true
	}
	points := func(r *row) bool {
		if r.ref(string(k)) == id || k == kindPerson && r.ref("owner") == id {
			return true
		}
		for _, p := range r.participants {
			if k == kindPerson && p.person == id || k == kindCompany && p.company == id {
				return true
			}
		}
		return slices.ContainsFunc(r.relations, func(rel relation) bool { return k == kindCompany && rel.company == id })
	}
	for _, p := range []*pool{s.rows.activity, s.rows.pool(kindPerson), s.rows.pool(kindCompany)} {
		if slices.ContainsFunc(p.rows, func(r *row) bool { return (r.kind != k || r.id != id) && points(r) }) {
			return true
		}
	}
	return false
}
