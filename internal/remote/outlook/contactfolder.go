package outlook

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// contactFolder is what we read of a contact folder.
type contactFolder struct {
	ID         string     `json:"id"`
	Name       string     `json:"displayName"`
	Properties []property `json:"singleValueExtendedProperties"`
}

// newFolder is what we write of one.
type newFolder struct {
	Name       string     `json:"displayName"`
	Properties []property `json:"singleValueExtendedProperties,omitzero"`
}

// placeContacts finds the folder by its name, else by our mark, which survives that its user renames it, else makes it.
func (c *Client) placeContacts(ctx context.Context, scope remote.Scope, mayMake bool) (string, error) {
	found, marks, err := c.findFolder(ctx, scope)
	if err != nil || found != "" || !mayMake {
		return found, err
	}
	folder := newFolder{Name: c.config.ContactFolder}
	if marks {
		folder.Properties = []property{{c.marks.folder, c.config.Instance}}
	}
	made, err := c.makeFolder(ctx, scope, folder)
	if err == nil || remote.KindOf(err) != remote.Conflict {
		return made, err
	}
	if found, _, again := c.findFolder(ctx, scope); again != nil || found != "" { // somebody was faster
		return found, again
	}
	return "", err
}

// findFolder returns the id of the folder, empty if there is none. marks is false where the service does not show marks on folders.
func (c *Client) findFolder(ctx context.Context, scope remote.Scope) (id string, marks bool, err error) {
	mark := "&$expand=singleValueExtendedProperties($filter=" + query("id eq "+literal(c.marks.folder)) + ")"
	folders, err := c.contactFolders(ctx, scope, mark)
	if err != nil && remote.KindOf(err) == remote.Invalid {
		mark = ""
		folders, err = c.contactFolders(ctx, scope, mark)
	}
	marked := ""
	for _, folder := range folders {
		if strings.EqualFold(string(record.Line(folder.Name)), string(record.Line(c.config.ContactFolder))) {
			return folder.ID, mark != "", err
		}
		if marked == "" && c.marks.onFolder(folder.Properties) {
			marked = folder.ID
		}
	}
	return marked, mark != "", err
}

// contactFolders lists the folders beside the default one, which is never among them (G-60).
func (c *Client) contactFolders(ctx context.Context, scope remote.Scope, expand string) ([]contactFolder, error) {
	const doing = "list the contact folders"
	var out []contactFolder
	path := "/users/" + segment(scope.Mailbox) + "/contactFolders?$top=100" + expand
	err := c.list(ctx, c.read(scope.Mailbox, path, doing), func(raw jsontext.Value, _ time.Time) error {
		var folder contactFolder
		if err := decode(raw, &folder); err != nil {
			return unreadable(doing, err)
		}
		if folder.ID != "" {
			out = append(out, folder)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *Client) makeFolder(ctx context.Context, scope remote.Scope, folder newFolder) (string, error) {
	const doing = "make the contact folder"
	body, err := json.Marshal(folder, json.Deterministic(true))
	if err != nil {
		return "", &remote.Error{Kind: remote.Invalid, Side: record.Outlook, Doing: doing, Text: "the name is not valid", Err: err}
	}
	request := remote.Request{
		Side: record.Outlook, Kind: scope.Kind, Op: remote.Create, Mailbox: scope.Mailbox, Method: http.MethodPost,
		Path: "/users/" + segment(scope.Mailbox) + "/contactFolders", Body: string(body),
	}
	if mails, why := Classify(request); mails {
		return "", &remote.Error{Kind: remote.Mailing, Side: record.Outlook, Doing: doing, Text: why}
	}
	response, err := c.send(ctx, request, doing)
	if err != nil {
		return "", err
	}
	var made contactFolder
	if err := decode(response.Body, &made); err != nil || made.ID == "" {
		return "", unreadable(doing, err)
	}
	return made.ID, nil
}

// folderPath is where the scope's folder lies.
func folderPath(scope remote.Scope) string {
	return "/users/" + segment(scope.Mailbox) + "/contactFolders/" + segment(scope.Container)
}

// contactPath is where one contact of the folder lies. Everything is read and written there, so that nothing outside of the folder is.
func contactPath(scope remote.Scope, id string) string {
	return folderPath(scope) + "/contacts/" + segment(id)
}

// folderThere returns nil if the folder is there: a folder that was deleted must not look like one whose contacts were, each by
// itself.
func (c *Client) folderThere(ctx context.Context, scope remote.Scope, doing string) error {
	_, err := c.get(ctx, scope.Mailbox, folderPath(scope)+"?$select=id", doing)
	if err == nil {
		return nil
	}
	failed := *asRemote(err)
	if !itemGone(&failed) {
		return &failed
	}
	if !ofItem(&failed) { // or is it the mailbox (G-78)
		if err := c.mailboxThere(ctx, scope.Mailbox, doing); err != nil {
			return err
		}
	}
	failed.Kind = remote.NoContainer
	return &failed
}

func noFolder(doing string) *remote.Error {
	return &remote.Error{Kind: remote.NoContainer, Side: record.Outlook, Doing: doing, Text: "there is no contact folder yet"}
}
