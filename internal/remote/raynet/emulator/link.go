package emulator

import (
	"net/http"
	"slices"
)

// link ties a company to another one; each has its inverse with the other.
type link struct {
	id, company, inverse int64
	form                 string // parent, slave, free: what this company is to the other
	notice               any
}

func inverseForm(form string) (string, bool) {
	switch form {
	case "parent":
		return "slave", true
	case "slave":
		return "parent", true
	case "free":
		return "free", true
	default:
		return "", false
	}
}

// companyLinks is /company/{id}/relationship/…; rest is what follows.
func (s *Server) companyLinks(call *call, r *row, rest []string) (reply, error) {
	if len(rest) == 0 {
		switch call.method {
		case http.MethodGet:
			return s.listLinks(r), nil
		case http.MethodPut:
			return s.addLink(call, r)
		default:
			return reply{}, notFound()
		}
	}
	id, _ := whole(rest[0])
	at := slices.IndexFunc(r.links, func(l link) bool { return l.id == id })
	if at < 0 || len(rest) > 1 {
		return reply{}, notFound()
	}
	changed := r.clone()
	switch call.method {
	case http.MethodPost:
		if value, given := call.body["notice"]; given {
			changed.links[at].notice = value
		}
	case http.MethodDelete:
		gone := changed.links[at]
		changed.links = slices.Delete(changed.links, at, at+1)
		if other := s.rows.get(kindCompany, gone.company); other != nil {
			other.links = slices.DeleteFunc(slices.Clone(other.links), func(l link) bool { return l.id == gone.inverse })
		}
	default:
		return reply{}, notFound()
	}
	return reply{status: http.StatusOK}, s.commit(r, changed, call.author, fromAPI, false)
}

func (s *Server) addLink(call *call, r *row) (reply, error) {
	id, ok := whole(call.body["companyJoin"])
	other := s.rows.get(kindCompany, id)
	form, _ := call.body["companyJoinType"].(string)
	inverse, known := inverseForm(form)
	if !ok || other == nil || other == r {
		return reply{}, badInput()
	}
	if !known {
		return reply{}, business("IllegalArgumentException", "")
	}
	there := link{id: s.rows.nextPart(), company: other.id, form: form, notice: call.body["notice"]}
	back := link{id: s.rows.nextPart(), company: r.id, form: inverse, notice: call.body["notice"], inverse: there.id}
	there.inverse = back.id
	changed := r.clone()
	changed.links = append(changed.links, there)
	other.links = append(slices.Clone(other.links), back)
	return created(map[string]any{"id": there.id}, s.success(false)), s.commit(r, changed, call.author, fromAPI, false)
}

func (s *Server) listLinks(r *row) reply {
	rows := make([]map[string]any, 0, len(r.links))
	for _, l := range r.links {
		other := s.rows.get(kindCompany, l.company)
		if other == nil {
			continue
		}
		joined := map[string]any{
			"id": other.id, "name": other.text("name"), "role": other.attrs["role"], "state": other.attrs["state"],
			"rating": other.attrs["rating"], "regNumber": other.attrs["regNumber"], "primaryAddress": nil,
		}
		if a := other.primaryAddress(); a != nil {
			shown := showAddress(*a)
			delete(shown, "contactAddress")
			joined["primaryAddress"] = shown
		}
		rows = append(rows, map[string]any{
			"id": l.id, "notice": l.notice, "companyJoin": joined, "companyJoinType": l.form,
		})
	}
	return reply{http.StatusOK, map[string]any{"success": s.success(false), "totalCount": len(rows), "data": rows}}
}
