package entra

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

// GraphClientID is the client id of Microsoft Graph itself, the same in every tenant (G-152).
const GraphClientID = "00000003-0000-0000-c000-000000000000"

// SingleTenant is the audience of an application that nobody outside its tenant can use.
const SingleTenant = "AzureADMyOrg"

// Permission is an application permission of Graph.
type Permission struct{ ID, Name string }

// Permissions returns the four that the product needs, the same in every tenant (G-152).
func Permissions() []Permission {
	return []Permission{
		{"df021288-bdef-4463-88db-98f22de89214", "User.Read.All"},
		{"ef54d2bf-783f-4e0f-bca1-3210c0444d99", "Calendars.ReadWrite"},
		{"6918b873-d17a-4dc1-b314-35f528134491", "Contacts.ReadWrite"},
		{"44e666d1-d276-445b-a5fc-8815eeb81d55", "Tasks.ReadWrite.All"},
	}
}

// Application is a registration.
type Application struct {
	// ID is the object id, by which it is changed; ClientID is the one that signs in.
	ID       string `json:"id"`
	ClientID string `json:"appId"`
	Name     string `json:"displayName"`
	Audience string `json:"signInAudience"`
	// Secrets are those that it has, without their values.
	Secrets []Secret `json:"passwordCredentials"`

	// Access is what it asks for, see Asks; Keys are its certificates as Graph shows them.
	Access []access         `json:"requiredResourceAccess"`
	Keys   []jsontext.Value `json:"keyCredentials"`
}

// access is what an application asks for of one resource.
type access struct {
	Resource string  `json:"resourceAppId"`
	Asked    []asked `json:"resourceAccess"`
}

type asked struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// Asks reports whether the application asks for a permission of Graph.
func (a Application) Asks(permission Permission) bool {
	return slices.ContainsFunc(a.Access, func(of access) bool {
		return strings.EqualFold(of.Resource, GraphClientID) && slices.ContainsFunc(of.Asked, func(one asked) bool {
			return one.Type == "Role" && strings.EqualFold(one.ID, permission.ID)
		})
	})
}

// Secret is a client secret. Value is told once, when it is made.
type Secret struct {
	KeyID string    `json:"keyId"`
	Name  string    `json:"displayName"`
	Ends  time.Time `json:"endDateTime"`
	Value string    `json:"secretText"`
}

const applicationFields = "$select=id,appId,displayName,signInAudience,requiredResourceAccess,passwordCredentials,keyCredentials"

// Applications finds the registrations of a name.
func (c *Client) Applications(ctx context.Context, name string) ([]Application, error) {
	var told struct {
		Value []Application `json:"value"`
	}
	err := c.ask(ctx, wire.Call{Method: http.MethodGet, Path: "applications?$filter=displayName%20eq%20" + quoted(name) + "&" + applicationFields,
		Doing: "look for the application"}, nil, &told)
	return told.Value, err
}

// Application reads one registration.
func (c *Client) Application(ctx context.Context, id string) (Application, error) {
	var told Application
	err := c.ask(ctx, wire.Call{Method: http.MethodGet, Path: "applications/" + url.PathEscape(id) + "?" + applicationFields, Doing: "read the application"}, nil, &told)
	return told, err
}

// CreateApplication registers an application that asks for Permissions and that only its own tenant can use. A repeat makes
// another one: whoever got an unknown outcome looks for it first.
func (c *Client) CreateApplication(ctx context.Context, name string) (Application, error) {
	var told Application
	err := c.ask(ctx, wire.Call{Method: http.MethodPost, Path: "applications", Doing: "register the application"},
		map[string]any{"displayName": name, "signInAudience": SingleTenant, "requiredResourceAccess": completed(nil)}, &told)
	return told, err
}

// Complete makes a registration ask for what it lacks of Permissions. What it asked for before stays.
func (c *Client) Complete(ctx context.Context, a Application) error {
	return c.patch(ctx, a.ID, map[string]any{"requiredResourceAccess": completed(a.Access)}, "complete the application's permissions")
}

func completed(before []access) []access {
	var roles []asked
	var out []access
	for _, of := range before {
		if strings.EqualFold(of.Resource, GraphClientID) {
			roles = append(roles, of.Asked...)
		} else {
			out = append(out, of)
		}
	}
	for _, permission := range Permissions() {
		one := asked{ID: permission.ID, Type: "Role"}
		if !slices.Contains(roles, one) {
			roles = append(roles, one)
		}
	}
	return append(out, access{Resource: GraphClientID, Asked: roles})
}

func (c *Client) patch(ctx context.Context, id string, body any, doing string) error {
	return c.ask(ctx, wire.Call{Method: http.MethodPatch, Path: "applications/" + url.PathEscape(id), Safe: true, Doing: doing}, body, nil)
}

// AddSecret makes a secret that lives until ends. A repeat makes another one.
func (c *Client) AddSecret(ctx context.Context, id, name string, ends time.Time) (Secret, error) {
	var told Secret
	err := c.ask(ctx, wire.Call{Method: http.MethodPost, Path: "applications/" + url.PathEscape(id) + "/addPassword", Doing: "make a client secret"},
		map[string]any{"passwordCredential": map[string]any{"displayName": name, "endDateTime": ends.UTC().Format(time.RFC3339)}}, &told)
	if err == nil && told.Value == "" {
		err = &remote.Error{Kind: remote.Unavailable, Side: record.Outlook, Doing: "make a client secret", Text: "the answer holds no secret", Unknown: true}
	}
	return told, err
}

// RemoveSecret takes a secret away, which then works no more.
func (c *Client) RemoveSecret(ctx context.Context, id, keyID string) error {
	return c.ask(ctx, wire.Call{Method: http.MethodPost, Path: "applications/" + url.PathEscape(id) + "/removePassword", Safe: true, Doing: "remove a client secret"},
		map[string]any{"keyId": keyID}, nil)
}

// AddCertificate registers a certificate, DER, besides those that are there: the collection is replaced as a whole (G-156).
func (c *Client) AddCertificate(ctx context.Context, id, name string, der []byte) error {
	app, err := c.Application(ctx, id)
	if err != nil {
		return err
	}
	key, err := json.Marshal(map[string]any{"type": "AsymmetricX509Cert", "usage": "Verify", "displayName": name, "key": base64.StdEncoding.EncodeToString(der)})
	if err != nil {
		return err
	}
	return c.patch(ctx, id, map[string]any{"keyCredentials": append(slices.Clone(app.Keys), jsontext.Value(key))}, "register the certificate")
}

// Principal is an application as it works in the tenant ("enterprise application").
type Principal struct {
	ID       string `json:"id"`
	ClientID string `json:"appId"`
	Enabled  bool   `json:"accountEnabled"`
	// Roles are the application permissions that it offers to others.
	Roles []struct {
		ID    string `json:"id"`
		Value string `json:"value"`
	} `json:"appRoles"`
}

// Principal finds the service principal of a client id; ok is false if there is none.
func (c *Client) Principal(ctx context.Context, clientID string) (principal Principal, ok bool, err error) {
	err = c.ask(ctx, wire.Call{Method: http.MethodGet, Path: "servicePrincipals(appId=" + quoted(clientID) + ")?$select=id,appId,accountEnabled,appRoles",
		Doing: "look for the service principal"}, nil, &principal)
	if failed, is := errors.AsType[*remote.Error](err); is && failed.Kind == remote.NotFound {
		return Principal{}, false, nil
	}
	return principal, err == nil, err
}

// CreatePrincipal lets an application work in the tenant. If that was done before, the one that is there is returned.
func (c *Client) CreatePrincipal(ctx context.Context, clientID string) (Principal, error) {
	var told Principal
	err := c.ask(ctx, wire.Call{Method: http.MethodPost, Path: "servicePrincipals", Safe: true, Doing: "make the service principal"}, map[string]any{"appId": clientID}, &told)
	if err == nil || !alreadyThere(err) {
		return told, err
	}
	there, ok, findErr := c.Principal(ctx, clientID)
	if findErr == nil && !ok {
		findErr = err
	}
	return there, findErr
}

// Assigned returns the ids of the application permissions of a resource that a service principal was granted.
func (c *Client) Assigned(ctx context.Context, principalID, resourceID string) ([]string, error) {
	type assignment struct {
		Role     string `json:"appRoleId"`
		Resource string `json:"resourceId"`
	}
	const doing = "read the granted permissions"
	var roles []string
	first := wire.Call{Method: http.MethodGet, Path: "servicePrincipals/" + url.PathEscape(principalID) + "/appRoleAssignments", Doing: doing}
	const maxPages = 50
	err := c.graph.Pages(ctx, first, func(response *wire.Response) (wire.Call, bool, error) {
		var page struct {
			Value []assignment `json:"value"`
			Next  string       `json:"@odata.nextLink"`
		}
		if err := read(response, &page, doing); err != nil {
			return wire.Call{}, false, err
		}
		for _, one := range page.Value {
			if strings.EqualFold(one.Resource, resourceID) {
				roles = append(roles, strings.ToLower(one.Role))
			}
		}
		next := first
		next.Path = page.Next
		return next, page.Next != "", nil
	}, maxPages)
	return roles, err
}

// Assign grants a service principal an application permission of a resource: the administrator's consent (G-153). A repeat is
// no error.
func (c *Client) Assign(ctx context.Context, principalID, resourceID, roleID string) error {
	err := c.ask(ctx, wire.Call{Method: http.MethodPost, Path: "servicePrincipals/" + url.PathEscape(principalID) + "/appRoleAssignments", Safe: true, Doing: "grant a permission"},
		map[string]any{"principalId": principalID, "resourceId": resourceID, "appRoleId": roleID}, nil)
	if alreadyThere(err) {
		return nil
	}
	return err
}
