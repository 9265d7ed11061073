package emulator

import (
	"net/http"
	"slices"
	"strings"
)

// MailboxState is what a probe of a user's mailbox finds. // G-10
type MailboxState string

const (
	// StateOK is a usable mailbox.
	StateOK MailboxState = ""
	// StateNone is a user without Exchange licence.
	StateNone MailboxState = "none"
	// StateSoftDeleted is a mailbox in the bin.
	StateSoftDeleted MailboxState = "soft-deleted"
	// StateOnPremises is a mailbox on a server of the company.
	StateOnPremises MailboxState = "on-premises"
	// StateProvisioning is a mailbox that comes to life later, see SetMailboxState.
	StateProvisioning MailboxState = "provisioning"
	// StateNoTodo is a usable mailbox whose plan lacks To Do.
	StateNoTodo MailboxState = "no-todo"
	// StatePolicy is a mailbox that an ApplicationAccessPolicy keeps from the application.
	StatePolicy MailboxState = "policy"
	// StateDeleted is a user who is gone from the directory.
	StateDeleted MailboxState = "deleted"
)

// authorize checks the bearer token; nil lets the call through.
func (s *Server) authorize(c *call) *answer {
	if c.part {
		return nil
	}
	bearer, ok := strings.CutPrefix(c.header.Get("Authorization"), "Bearer ")
	if !ok {
		a := problem(http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token is empty.")
		return challenge(&a)
	}
	token, reason := s.verify(bearer, c.now)
	if reason != "" {
		a := problem(http.StatusUnauthorized, "InvalidAuthenticationToken", "%s", reason)
		return challenge(&a)
	}
	c.token = token
	return nil
}

func challenge(a *answer) *answer {
	b := a.with("WWW-Authenticate", `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`)
	return &b
}

// capability is a group of endpoints that one role opens.
type capability string

const (
	canUsers     capability = "User.Read.All"
	canCalendars capability = "Calendars"
	canContacts  capability = "Contacts"
	canTasks     capability = "Tasks"
)

// permit checks that the token, or an RBAC scope, opens a capability for a mailbox. // G-04, G-05
func (s *Server) permit(c *call, what capability, mb *mailbox) *answer {
	write := c.method != http.MethodGet
	granted := func(role string) bool {
		return slices.Contains(c.token.roles, role) || mb != nil && what != canTasks && slices.Contains(s.scope[role], mb.id)
	}
	var a answer
	switch what {
	case canUsers:
		if granted("User.Read.All") || granted("Directory.Read.All") || granted("User.ReadWrite.All") {
			return nil
		}
		a = problem(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
	case canTasks:
		if granted("Tasks.ReadWrite.All") || !write && granted("Tasks.Read.All") {
			return nil
		}
		a = problem(http.StatusUnauthorized, "UnknownError", "")
	default:
		if granted(string(what)+".ReadWrite") || !write && granted(string(what)+".Read") {
			return nil
		}
		a = problem(http.StatusForbidden, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
	}
	return &a
}

// open finds the mailbox of a call and checks everything that stands before its data.
func (s *Server) open(c *call, what capability) (*mailbox, *answer) {
	mb := s.box(c.path[1])
	if mb == nil || mb.state == StateDeleted {
		a := problem(http.StatusNotFound, "Request_ResourceNotFound",
			"Resource '%s' does not exist or one of its queried reference-property objects are not present.", c.path[1])
		return nil, &a
	}
	if a := s.admit(c, mb); a != nil {
		return nil, a
	}
	if a := s.permit(c, what, mb); a != nil {
		return nil, a
	}
	return mb, s.usable(c, what, mb)
}

func (s *Server) usable(c *call, what capability, mb *mailbox) *answer {
	var a answer
	switch {
	case mb.state == StateProvisioning && !c.now.Before(mb.ready):
		mb.state = StateOK
		return nil
	case mb.state == StateNone, mb.state == StateProvisioning:
		a = problem(http.StatusNotFound, "MailboxNotEnabledForRESTAPI", "REST API is not yet supported for this mailbox.")
	case mb.state == StateSoftDeleted, mb.state == StateOnPremises:
		a = problem(http.StatusNotFound, "MailboxNotEnabledForRESTAPI",
			"The mailbox is either inactive, soft-deleted, or is hosted on-premise.")
	case mb.state == StatePolicy && what != canTasks:
		a = problem(http.StatusForbidden, "ErrorAccessDenied",
			"Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.")
	case mb.todo == todoOff && what == canTasks:
		a = innerProblem(http.StatusForbidden, "accessDenied", "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
	case mb.state == StateNoTodo && what == canTasks:
		a = problem(http.StatusNotFound, "ResourceNotFound", "Resource could not be discovered.")
	default:
		return nil
	}
	return &a
}
