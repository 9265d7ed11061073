package emulator

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// routeDirectory answers what an administrator's token opens: applications and service principals. // G-153
func (s *Server) routeDirectory(c *call) answer {
	if c.token.admin == "" || c.token.admin == OrdinaryUser {
		return denied()
	}
	if !slices.Contains(c.token.scopes, "Application.ReadWrite.All") {
		return denied()
	}
	p := c.path
	if p[0] == "applications" {
		return s.routeApplications(c)
	}
	if id, ok := strings.CutPrefix(p[0], "servicePrincipals("); ok && len(p) == 1 {
		return s.principalByApp(c, unquote(strings.TrimPrefix(strings.TrimSuffix(id, ")"), "appId=")))
	}
	switch {
	case p[0] == "servicePrincipals" && len(p) == 1 && c.method == http.MethodPost:
		return s.createPrincipal(c)
	case p[0] == "servicePrincipals" && len(p) == 3 && p[2] == "appRoleAssignments":
		return s.assignments(c, p[1])
	}
	return noSegment(p[len(p)-1])
}

func denied() answer {
	return problem(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

func noResource(id string) answer {
	return problem(http.StatusNotFound, "Request_ResourceNotFound",
		"Resource '%s' does not exist or one of its queried reference-property objects are not present.", id)
}

func (s *Server) routeApplications(c *call) answer {
	p := c.path
	switch {
	case len(p) == 1 && c.method == http.MethodGet:
		return s.listApplications(c)
	case len(p) == 1 && c.method == http.MethodPost:
		return s.createApplication(c)
	case len(p) == 1:
		return noMethod()
	}
	i := slices.IndexFunc(s.directory.apps, func(a *application) bool { return a.id == p[1] })
	if i < 0 || s.fresh(s.directory.apps[i].made, c.now) {
		return noResource(p[1])
	}
	app := s.directory.apps[i]
	switch {
	case len(p) == 2 && c.method == http.MethodGet:
		return reply(http.StatusOK, only(app.show(), selection(c.query)))
	case len(p) == 2 && c.method == http.MethodPatch:
		return s.patchApplication(c, app)
	case len(p) == 3 && p[2] == "addPassword" && c.method == http.MethodPost:
		return s.addPassword(c, app)
	case len(p) == 3 && p[2] == "removePassword" && c.method == http.MethodPost:
		return removePassword(c, app)
	}
	return noMethod()
}

func (s *Server) createApplication(c *call) answer {
	body, ok := decode(c.body)
	if !ok {
		return malformed()
	}
	if text(body["displayName"]) == "" {
		return problem(http.StatusBadRequest, "Request_BadRequest", "Property displayName is required.")
	}
	return reply(http.StatusCreated, s.register(body, c.now).show())
}

func (s *Server) patchApplication(c *call, app *application) answer {
	body, ok := decode(c.body)
	if !ok {
		return malformed()
	}
	for _, name := range sortedKeys(body) {
		if name != "keyCredentials" {
			app.props[name] = body[name]
			continue
		}
		keys, bad := s.readKeys(app, list(body[name]), c.now)
		if bad != nil {
			return *bad
		}
		app.keys = keys
	}
	return answer{status: http.StatusNoContent}
}

func removePassword(c *call, app *application) answer {
	body, _ := decode(c.body)
	i := slices.IndexFunc(app.passwords, func(p *credential) bool { return p.shown["keyId"] == body["keyId"] })
	if i < 0 {
		return problem(http.StatusBadRequest, "Request_BadRequest", "No password credential found with keyId '%s'.", text(body["keyId"]))
	}
	app.passwords = slices.Delete(app.passwords, i, i+1)
	return answer{status: http.StatusNoContent}
}

// principalByApp shows a service principal, Graph's own among them.
func (s *Server) principalByApp(c *call, clientID string) answer {
	if c.method != http.MethodGet {
		return noMethod()
	}
	if clientID == graphApp {
		roles := []any{}
		for _, role := range graphRoles() {
			roles = append(roles, map[string]any{"id": role[0], "value": role[1], "isEnabled": true, "allowedMemberTypes": []any{"Application"}})
		}
		shown := map[string]any{"id": s.graphPrincipal(), "appId": graphApp, "displayName": "Microsoft Graph", "accountEnabled": true, "appRoles": roles}
		return reply(http.StatusOK, only(shown, selection(c.query)))
	}
	sp := s.principalOf(clientID)
	if sp == nil || s.fresh(sp.made, c.now) {
		return noResource(clientID)
	}
	return reply(http.StatusOK, only(s.showPrincipal(sp), selection(c.query)))
}

func (s *Server) graphPrincipal() string { return guid(s.opts.Seed, "graph's service principal") }

func (s *Server) showPrincipal(sp *principal) map[string]any {
	return map[string]any{"id": sp.id, "appId": sp.appID, "accountEnabled": true, "appRoles": []any{}, "displayName": s.appOf(sp.appID).props["displayName"]}
}

func (s *Server) createPrincipal(c *call) answer {
	body, ok := decode(c.body)
	if !ok {
		return malformed()
	}
	clientID := text(body["appId"])
	app := s.appOf(clientID)
	if app == nil || s.fresh(app.made, c.now) {
		a := problem(http.StatusBadRequest, "Request_BadRequest", "The appId '%s' of the service principal does not reference a valid application object.", clientID)
		object(object(a.body)["error"])["details"] = []any{map[string]any{"code": "NoBackingApplicationObject", "message": "The appId of the service principal does not reference a valid application object.", "target": "appId"}}
		return a
	}
	if s.principalOf(clientID) != nil {
		return problem(http.StatusConflict, "Request_MultipleObjectsWithSameKeyValue",
			"The service principal cannot be created, updated, or restored because the service principal name %s is already in use.", clientID)
	}
	sp := &principal{id: guid(s.opts.Seed, "principal", app.id), appID: app.appID, made: c.now}
	s.directory.principals = append(s.directory.principals, sp)
	return reply(http.StatusCreated, s.showPrincipal(sp))
}

// assignments lists or adds consented permissions. // G-153, G-158
func (s *Server) assignments(c *call, id string) answer {
	i := slices.IndexFunc(s.directory.principals, func(sp *principal) bool { return sp.id == id })
	if i < 0 || s.fresh(s.directory.principals[i].made, c.now) {
		return noResource(id)
	}
	sp := s.directory.principals[i]
	if c.method == http.MethodGet {
		value := []any{}
		for _, assigned := range sp.assigned {
			value = append(value, assigned)
		}
		return reply(http.StatusOK, map[string]any{"value": value})
	}
	body, ok := decode(c.body)
	switch {
	case c.method != http.MethodPost:
		return noMethod()
	case !ok:
		return malformed()
	case c.token.admin != GlobalAdministrator || !slices.Contains(c.token.scopes, "AppRoleAssignment.ReadWrite.All"):
		return denied()
	case text(body["resourceId"]) != s.graphPrincipal() || text(body["principalId"]) != sp.id:
		return noResource(text(body["resourceId"]))
	case roleName(text(body["appRoleId"])) == "":
		return problem(http.StatusBadRequest, "Request_BadRequest", "Permission being assigned was not found on application '%s'.", graphApp)
	case slices.ContainsFunc(sp.assigned, func(a map[string]any) bool { return a["appRoleId"] == body["appRoleId"] }):
		return problem(http.StatusBadRequest, "Request_BadRequest", "Permission being assigned already exists on the object.")
	}
	made := map[string]any{
		"id": guid(s.opts.Seed, "assignment", sp.id, fmt.Sprint(len(sp.assigned))), "appRoleId": body["appRoleId"], "principalId": sp.id,
		"principalType": "ServicePrincipal", "resourceId": body["resourceId"], "resourceDisplayName": "Microsoft Graph",
	}
	sp.assigned = append(sp.assigned, made)
	return reply(http.StatusCreated, made)
}
