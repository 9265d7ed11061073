package emulation

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"raynetsync/internal/app/company"
)

// action is what a control request does with items.
type action int

const (
	reading action = iota
	creating
	showing
	editing
	deleting
)

// onItems answers /{service}/{kind} and /{service}/{kind}/{id}.
func (w *World) onItems(do action) func(*http.Request) (result, error) {
	return func(r *http.Request) (result, error) {
		kind, service := r.PathValue("kind"), r.PathValue("service")
		if service != "raynet" && service != "outlook" {
			return unknownPath(r)
		}
		if !slices.Contains(company.Kinds(), company.Kind(kind)) {
			return result{}, problemf(http.StatusNotFound, "unknown-kind", "kind %q: it is one of calendar, contacts, tasks", kind)
		}
		if service == "raynet" {
			return w.onRaynet(r, do, kind)
		}
		return w.onOutlook(r, do, kind)
	}
}

// entitiesOf are RAYNET's entities of a kind, the default one first.
func entitiesOf(kind string) []string {
	switch kind {
	case "contacts":
		return []string{"person"}
	case "tasks":
		return []string{"task"}
	default:
		return []string{"meeting", "event", "phoneCall"}
	}
}

// nameOf is how RAYNET writes an entity in _entityName.
func nameOf(entity string) string { return strings.ToUpper(entity[:1]) + entity[1:] }

func (w *World) onRaynet(r *http.Request, do action, kind string) (result, error) {
	switch do {
	case reading:
		rows, err := w.raynetRows(kind, r.URL.Query().Get("mailbox"))
		if err != nil {
			return result{}, err
		}
		return ok(map[string]any{"success": true, "totalCount": len(rows), "data": rows})
	case creating:
		return w.createRaynet(r, kind)
	default:
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return result{}, problemf(http.StatusBadRequest, "bad-id", "id %q: RAYNET's ids are whole numbers", r.PathValue("id"))
	}
	entity := ""
	for _, candidate := range entitiesOf(kind) {
		if _, ok := w.Raynet.Get(candidate, id); ok {
			entity = candidate
		}
	}
	if entity == "" {
		return result{}, problemf(http.StatusNotFound, "not-found", "RAYNET has no record %d of kind %s", id, kind)
	}
	author, err := w.author(r)
	if err != nil {
		return result{}, err
	}
	switch do {
	case editing:
		body, err := readObject(r)
		if err != nil {
			return result{}, err
		}
		delete(body, "_entityName")
		if err := w.Raynet.EditAs(author, entity, id, body); err != nil {
			return result{}, err
		}
	case deleting:
		if err := w.Raynet.DeleteAs(author, entity, id); err != nil {
			return result{}, err
		}
		return result{status: http.StatusNoContent}, nil
	default:
	}
	return w.showRaynet(http.StatusOK, entity, id)
}

func (w *World) createRaynet(r *http.Request, kind string) (result, error) {
	author, err := w.author(r)
	if err != nil {
		return result{}, err
	}
	body, err := readObject(r)
	if err != nil {
		return result{}, err
	}
	entities := entitiesOf(kind)
	entity := entities[0]
	if given, named := body["_entityName"]; named {
		i := slices.IndexFunc(entities, func(e string) bool { return strings.EqualFold(e, textOf(given)) })
		if i < 0 {
			return result{}, problemf(http.StatusBadRequest, "unknown-entity", "_entityName %v: of kind %s there are %s", given, kind,
				strings.Join(entities, ", "))
		}
		entity = entities[i]
		delete(body, "_entityName")
	}
	id, err := w.Raynet.CreateAs(author, entity, body)
	if err != nil {
		return result{}, err
	}
	return w.showRaynet(http.StatusCreated, entity, id)
}

func (w *World) showRaynet(status int, entity string, id int64) (result, error) {
	row, ok := w.Raynet.Get(entity, id)
	if !ok {
		return result{}, problemf(http.StatusNotFound, "not-found", "RAYNET has no %s %d any more", entity, id)
	}
	row["_entityName"] = nameOf(entity)
	return result{status, map[string]any{"success": true, "data": row}}, nil
}

// raynetRows lists a kind; with a mailbox, what its user owns or takes part in.
func (w *World) raynetRows(kind, mailbox string) ([]map[string]any, error) {
	entities := entitiesOf(kind)
	source := entities[0]
	if kind == "calendar" {
		source = "activity"
	}
	who := int64(0)
	if mailbox != "" {
		var err error
		if who, err = w.personOf(mailbox); err != nil {
			return nil, err
		}
	}
	out := []map[string]any{}
	for _, row := range w.Raynet.All(source) {
		if kind != "calendar" {
			row["_entityName"] = nameOf(source)
		}
		named := slices.ContainsFunc(entities, func(e string) bool { return nameOf(e) == row["_entityName"] })
		if named && (who == 0 || concerns(row, who)) {
			out = append(out, row)
		}
	}
	return out, nil
}

// concerns tells whether a person owns a record or takes part in it; who has to do a task takes part.
func concerns(row map[string]any, who int64) bool {
	if owner, _ := row["owner"].(map[string]any); owner != nil && owner["id"] == who {
		return true
	}
	participants, _ := row["participants"].([]map[string]any)
	return slices.ContainsFunc(participants, func(p map[string]any) bool { return p["person"] == who })
}

// personOf finds the RAYNET person of a user by login.
func (w *World) personOf(login string) (int64, error) {
	var known []string
	for _, account := range w.Raynet.All("userAccount") {
		name := textOf(account["username"])
		if person, _ := account["person"].(map[string]any); person != nil && strings.EqualFold(name, login) {
			id, _ := person["id"].(int64)
			return id, nil
		}
		known = append(known, name)
	}
	return 0, problemf(http.StatusNotFound, "unknown-user", "RAYNET has no user %q; there are: %s", login, strings.Join(known, ", "))
}

// author is who edits RAYNET: ?author=, else the user of ?mailbox=, else the company's first user.
func (w *World) author(r *http.Request) (string, error) {
	query := r.URL.Query()
	for _, key := range []string{"author", "mailbox"} {
		if login := query.Get(key); login != "" {
			_, err := w.personOf(login)
			return login, err
		}
	}
	return w.Company.Users[0].Email, nil
}

func (w *World) onOutlook(r *http.Request, do action, kind string) (result, error) {
	mailbox, err := w.mailbox(r)
	if err != nil {
		return result{}, err
	}
	shelf, id := w.Shelf(company.Kind(kind)), r.PathValue("id")
	switch do {
	case reading:
		return ok(map[string]any{"value": shelf.All(mailbox)})
	case creating:
		body, err := readObject(r)
		if err != nil {
			return result{}, err
		}
		made, err := shelf.Create(mailbox, body)
		if err != nil {
			return result{}, err
		}
		return result{http.StatusCreated, made}, nil
	case editing:
		body, err := readObject(r)
		if err != nil {
			return result{}, err
		}
		if err := shelf.Edit(mailbox, id, body); err != nil {
			return result{}, err
		}
	case deleting:
		if err := shelf.Delete(mailbox, id); err != nil {
			return result{}, err
		}
		return result{status: http.StatusNoContent}, nil
	default:
	}
	item, found := shelf.Get(mailbox, id)
	if !found {
		return result{}, problemf(http.StatusNotFound, "not-found", "%s has nothing of kind %s with the id %q; / and = in ids are written %%2F and %%3D",
			mailbox, kind, id)
	}
	return ok(item)
}

// mailbox is whose Outlook a request is about.
func (w *World) mailbox(r *http.Request) (string, error) {
	name := r.URL.Query().Get("mailbox")
	var known []string
	for _, user := range w.Outlook.Mailboxes() {
		address := textOf(user["userPrincipalName"])
		if name != "" && (strings.EqualFold(name, address) || strings.EqualFold(name, textOf(user["mail"])) || name == user["id"]) {
			return address, nil
		}
		known = append(known, address)
	}
	if name == "" {
		return "", problemf(http.StatusBadRequest, "no-mailbox", "say whose Outlook with ?mailbox=; there are: %s", strings.Join(known, ", "))
	}
	return "", problemf(http.StatusNotFound, "unknown-mailbox", "there is no mailbox %q; there are: %s", name, strings.Join(known, ", "))
}
