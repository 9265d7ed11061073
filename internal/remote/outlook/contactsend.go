package outlook

import (
	"context"
	"net/http"
	"strings"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

// The endings of paths below one contact.
const (
	permanently = "/permanentDelete"
	photoValue  = "/photo/$value"
)

// photoHeader names the picture in a stored request, which is fetched when it is sent. It is not sent itself.
const photoHeader = "X-Photo"

// maxPhoto is the largest picture that Graph takes, in bytes (G-112).
const maxPhoto = 4 << 20

// photoRequest sets the picture of the contact at path, or removes it.
func photoRequest(request remote.Request, path string, photo record.Value) remote.Request {
	out := remote.Request{
		Side: request.Side, Kind: request.Kind, Op: remote.Update, Mailbox: request.Mailbox, Ref: request.Ref,
		Method: http.MethodDelete, Path: path + photoValue, Writes: []record.Field{record.ContactPhoto},
	}
	if photo != "" {
		out.Method, out.Header = http.MethodPut, map[string]string{photoHeader: string(photo)}
	}
	return out
}

// sendPhoto fetches the picture and sends it. One that is not there any more leaves the contact as it is.
func (c *Client) sendPhoto(ctx context.Context, request remote.Request, doing string) (remote.Answer, error) {
	done := remote.Answer{Ref: request.Ref}
	refuse := func(text string) error {
		return &remote.Error{Kind: remote.Invalid, Side: record.Outlook, Doing: doing, Text: text}
	}
	switch {
	case request.Method != http.MethodPut || !strings.HasSuffix(request.Path, photoValue):
		return remote.Answer{}, refuse("only a contact has a photo")
	case c.config.Photo == nil:
		return done, nil // photos were turned off since
	}
	media, data, err := c.config.Photo(ctx, request.Header[photoHeader])
	if err != nil {
		failed := *asRemote(err)
		failed.Unknown = false // nothing was sent yet
		switch failed.Kind {
		case remote.NotFound:
			return done, nil
		case remote.Forbidden, remote.Conflict, remote.Duplicate, remote.Invalid, remote.Locked, remote.NoMailbox, remote.NoContainer,
			remote.CursorDead, remote.Mailing:
			failed.Kind = remote.Invalid // it says nothing about the mailbox
		case remote.Throttled, remote.Unavailable, remote.Unauthorized:
		}
		return remote.Answer{}, &failed
	}
	switch {
	case len(data) == 0:
		return done, nil
	case len(data) > maxPhoto:
		return remote.Answer{}, refuse("the photo is larger than 4 MB")
	case media == "":
		media = "image/jpeg"
	case !strings.HasPrefix(strings.ToLower(media), "image/"):
		return remote.Answer{}, refuse("the photo is no picture")
	}
	_, err = c.wire.Do(letOut(ctx), wire.Call{
		Method: request.Method, Path: request.Path, Key: request.Mailbox, Body: data, Safe: true, Doing: doing,
		Header: map[string]string{"Prefer": prefer, "Content-Type": media, "Accept": "*/*"},
	})
	if err != nil {
		return remote.Answer{}, err
	}
	return done, nil
}

// contactAnswer reads the contact that a create or update returned.
func (c *Client) contactAnswer(_ context.Context, request remote.Request, response *wire.Response, doing string) (remote.Answer, error) {
	e, err := readContact(response.Body)
	if err != nil {
		return remote.Answer{}, &remote.Error{
			Kind: remote.Unavailable, Side: record.Outlook, Doing: doing, Status: response.Status, Text: "the answer could not be read", Unknown: true, Err: err}
	}
	if e.Properties == nil {
		e.Properties = sentProperties(request) // Graph does not repeat them (G-84)
	}
	scope := remote.Scope{Kind: record.Contacts, Mailbox: request.Mailbox, Container: containerOf(request.Path)}
	one := c.contactSnapshot(scope, e, response.At)
	if !request.Ref.IsZero() {
		one.Ref = request.Ref
	}
	return remote.Answer{Ref: one.Ref, Snapshot: &one, Version: one.Version}, nil
}

// contactFailed tells a folder that was deleted from a contact that was. A create names no contact that could be missing.
func (c *Client) contactFailed(ctx context.Context, request remote.Request, err error) error {
	failed := asRemote(err)
	if !itemGone(failed) {
		return err
	}
	scope := remote.Scope{Kind: record.Contacts, Mailbox: request.Mailbox, Container: containerOf(request.Path)}
	there := func(doing string) error { return c.folderThere(ctx, scope, doing) }
	if request.Op == remote.Create {
		return containerError(err, there)
	}
	if missing := there(failed.Doing); missing != nil {
		return missing
	}
	return err
}

// removeContact deletes a contact that is, when it is looked at once more just before, the very state that the request was made for
// (G-142); or only its picture.
func (c *Client) removeContact(ctx context.Context, request remote.Request, doing string) (remote.Answer, error) {
	gone := remote.Answer{Ref: request.Ref}
	if strings.HasSuffix(request.Path, photoValue) {
		_, err := c.send(ctx, request, doing)
		if err != nil && !itemGone(asRemote(err)) {
			return remote.Answer{}, err
		}
		return gone, nil
	}
	path := strings.TrimSuffix(request.Path, permanently)
	scope := remote.Scope{Kind: record.Contacts, Mailbox: request.Mailbox, Container: containerOf(path)}
	response, err := c.get(ctx, request.Mailbox, path+"?$select=id,changeKey,parentFolderId", doing)
	if err != nil {
		if itemGone(asRemote(err)) {
			return gone, c.folderThere(ctx, scope, doing)
		}
		return remote.Answer{}, err
	}
	e, err := readContact(response.Body)
	if err != nil {
		return remote.Answer{}, unreadable(doing, err)
	}
	if e.Folder != "" && e.Folder != scope.Container {
		return gone, nil // it was moved out of the folder and is its user's own (G-140)
	}
	if version := e.version(); version != "" && version != request.Header["If-Match"] {
		return remote.Answer{}, &remote.Error{Kind: remote.Conflict, Side: record.Outlook, Doing: doing, Text: "the contact was changed"}
	}
	_, err = c.send(ctx, request, doing)
	if err == nil || itemGone(asRemote(err)) {
		return gone, nil
	}
	if failed := asRemote(err); failed.Status == http.StatusBadRequest && strings.EqualFold(failed.Code, "ErrorInvalidRequest") {
		// A second DELETE is answered like this (G-89). Only a read that finds nothing proves it.
		if _, readErr := c.get(ctx, request.Mailbox, path+"?$select=id", doing); readErr != nil && itemGone(asRemote(readErr)) {
			return gone, nil
		}
	}
	return remote.Answer{}, err
}
