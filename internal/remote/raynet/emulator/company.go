package emulator

import (
	"net/http"
	"slices"
)

// companyDetail adds what only the detail has.
func (s *Server) companyDetail(r *row, out map[string]any) {
	s.companyCommon(r, out)
	delete(out, "securityLevel")
	delete(out, "contactAddress")
	out["_version"] = r.version
	out["logo"], out["attachments"] = nil, []any{}
	out["extIds"] = extIDs(r)
	shown := make([]map[string]any, 0, len(r.addresses))
	for _, a := range r.addresses {
		shown = append(shown, showAddress(a))
	}
	out["addresses"] = shown
}

// companyRow takes away what the list lacks.
func (s *Server) companyRow(r *row, out map[string]any) {
	s.companyCommon(r, out)
	for _, key := range []string{
		"salutation", "employeesNumber", "legalForm", "bankAccount", "databox", "court", "socialNetworkContact",
		"originLead",
	} {
		delete(out, key)
	}
}

func (s *Server) companyCommon(r *row, out map[string]any) {
	out["inlineGdpr"] = []any{}
	out["primaryAddress"], out["contactAddress"] = nil, nil
	for _, a := range r.addresses {
		if a.primary {
			out["primaryAddress"] = showAddress(a)
		}
		if a.contact {
			out["contactAddress"] = showAddress(a)
		}
	}
}

func (r *row) primaryAddress() *address {
	for i := range r.addresses {
		if r.addresses[i].primary {
			return &r.addresses[i]
		}
	}
	return nil
}

func addressKeys() []string { return append(placeKeys(), "name", "lat", "lng") }

func showAddress(a address) map[string]any {
	place := showObject(a.place, addressKeys())
	place["id"] = a.id
	reach := showObject(a.reach, contactKeys())
	reach["primary"] = a.primary
	out := map[string]any{
		"id": a.id, "primary": a.primary, "contactAddress": a.contact, "address": place, "contactInfo": reach,
		"territory": nil,
	}
	if a.territory != 0 {
		out["territory"] = map[string]any{"id": a.territory, "value": "territory"}
	}
	return out
}

// firstAddresses are the addresses that a create may bring, or that a user puts in the place of all others; the first one is the
// primary and contact address.
func (w *writing) firstAddresses() error {
	value, given := w.body["addresses"]
	if !given || value == nil {
		return nil
	}
	items, ok := objects(value)
	if !ok {
		return badInput()
	}
	w.row.addresses = nil
	for i, item := range items {
		a, err := w.readAddress(address{id: w.rows.nextPart(), primary: i == 0, contact: i == 0}, item)
		if err != nil {
			return err
		}
		w.row.addresses = append(w.row.addresses, a)
	}
	return nil
}

func (w *writing) readAddress(a address, item map[string]any) (address, error) {
	if place, ok := item["address"].(map[string]any); ok {
		if name, _ := place["name"].(string); name == "" {
			return a, badInput()
		}
		a.place = w.readObject(field{key: "address", keys: addressKeys()}, place)
	}
	if reach, ok := item["contactInfo"].(map[string]any); ok {
		a.reach = w.readObject(field{key: "contactInfo", keys: contactKeys()}, reach)
	}
	if value := item["territory"]; value != nil {
		id, ok := whole(value)
		if !ok {
			return a, badInput()
		}
		a.territory = id
	}
	if a.place == nil {
		return a, badInput()
	}
	return a, nil
}

// address is /company/{id}/address/…; rest is what follows.
func (s *Server) address(call *call, r *row, rest []string) (reply, error) {
	w := &writing{Server: s, row: r.clone(), body: call.body, source: fromAPI}
	list := &w.row.addresses
	at := -1
	if len(rest) > 0 {
		id, _ := whole(rest[0])
		if at = slices.IndexFunc(*list, func(a address) bool { return a.id == id }); at < 0 {
			return reply{}, notFound()
		}
	}
	answer := reply{status: http.StatusOK}
	switch {
	case len(rest) == 0 && call.method == http.MethodPut:
		first := len(*list) == 0
		a, err := w.readAddress(address{id: s.rows.nextPart(), primary: first, contact: first}, call.body)
		if err != nil {
			return reply{}, err
		}
		*list = append(*list, a)
		answer = created(map[string]any{"id": a.id}, s.success(false))
	case len(rest) == 1 && call.method == http.MethodPost:
		a, err := w.readAddress((*list)[at], call.body)
		if err != nil {
			return reply{}, err
		}
		(*list)[at] = a
	case len(rest) == 1 && call.method == http.MethodDelete:
		if (*list)[at].primary {
			return reply{}, business("TranslatedApplicationException: exception.primaryAddress", "Sídlo nelze smazat")
		}
		*list = slices.Delete(*list, at, at+1)
	case len(rest) == 2 && rest[1] == "setPrimary" && call.method == http.MethodPost:
		for i := range *list {
			(*list)[i].primary = i == at
		}
	case len(rest) == 2 && rest[1] == "setContact" && call.method == http.MethodPost:
		for i := range *list {
			(*list)[i].contact = i == at
		}
	default:
		return reply{}, notFound()
	}
	return answer, s.commit(r, w.row, call.author, fromAPI, false)
}
