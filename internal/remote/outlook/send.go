package outlook

import (
	"context"
	"maps"
	"net/http"
	"strings"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

// Send makes one composed request. See engine.Side. A request that could mail somebody is refused with remote.Error{Kind:
// Mailing} before anything leaves: there is no permit yet that would let one pass.
func (c *Client) Send(ctx context.Context, request remote.Request) (remote.Answer, error) {
	doing := string(request.Op) + " " + request.Ref.String()
	if request.Ref.IsZero() {
		doing = string(request.Op) + " a thing of the kind " + string(request.Kind)
	}
	m, err := mappingOf(request.Kind, doing)
	if err != nil {
		return remote.Answer{}, err
	}
	if mails, why := Classify(request); mails {
		return remote.Answer{}, &remote.Error{Kind: remote.Mailing, Side: record.Outlook, Doing: doing, Text: why}
	}
	if request.Op == remote.Delete || request.Method == http.MethodDelete {
		return m.remove(c, ctx, request, doing)
	}
	if request.Header[photoHeader] != "" {
		return c.sendPhoto(ctx, request, doing)
	}
	response, err := c.send(ctx, request, doing)
	if err != nil && m.failed != nil {
		err = m.failed(c, ctx, request, err)
	}
	if err != nil {
		return remote.Answer{}, err
	}
	return m.answered(c, ctx, request, response, doing)
}

// send makes the request as it was stored, but for our own headers.
func (c *Client) send(ctx context.Context, request remote.Request, doing string) (*wire.Response, error) {
	header := maps.Clone(request.Header)
	if header == nil {
		header = map[string]string{}
	}
	delete(header, evidenceHeader)
	delete(header, zoneHeader)
	delete(header, photoHeader)
	header["Prefer"] = prefer
	call := wire.Call{Method: request.Method, Path: request.Path, Header: header, Key: request.Mailbox, Doing: doing}
	if request.Body != "" {
		call.Body = []byte(request.Body)
	}
	return c.wire.Do(letOut(ctx), call)
}

// eventAnswer reads the event that a create or update returned.
func (c *Client) eventAnswer(ctx context.Context, request remote.Request, response *wire.Response, doing string) (remote.Answer, error) {
	unclear := func(err error) error {
		return &remote.Error{Kind: remote.Unavailable, Side: record.Outlook, Doing: doing, Status: response.Status, Text: "the answer could not be read", Unknown: true, Err: err}
	}
	var e event
	if err := decode(response.Body, &e); err != nil || e.ID == "" {
		return remote.Answer{}, unclear(err)
	}
	scope := remote.Scope{Kind: record.Calendar, Mailbox: request.Mailbox, Container: containerOf(request.Path)}
	own, err := c.ownAddresses(ctx, request.Mailbox, []event{e})
	if err != nil {
		return remote.Answer{}, unclear(err)
	}
	v := view{client: c, scope: scope, own: own, at: response.At}
	if e.Properties == nil {
		e.Properties = sentProperties(request) // Graph does not repeat them (G-84)
	}
	one := v.snapshot(e)
	if master, date, ok := splitOccurrence(request.Ref); ok {
		one = v.occurrence(e, event{ID: master, Type: typeMaster}, date.Format("2006-01-02"))
	} else if !request.Ref.IsZero() {
		one.Ref = request.Ref
	}
	return remote.Answer{Ref: one.Ref, Snapshot: &one, Version: one.Version}, nil
}

// sentProperties returns the marks that a request sent.
func sentProperties(request remote.Request) []property {
	var sent struct {
		Properties []property `json:"singleValueExtendedProperties"`
	}
	if request.Body == "" || decode([]byte(request.Body), &sent) != nil {
		return nil
	}
	return sent.Properties
}

// containerOf returns the calendar or folder that a path names.
func containerOf(path string) string {
	for _, holds := range []string{"/calendars/", "/contactFolders/"} {
		if _, rest, ok := strings.Cut(path, holds); ok {
			id, _, _ := strings.Cut(rest, "/")
			return unescape(id)
		}
	}
	return ""
}

// removeEvent deletes an event. Whether Exchange minds If-Match on a DELETE is not known (G-89), so the event is looked at once
// more just before: it must be the very state that the request was made for, and still have no attendees.
func (c *Client) removeEvent(ctx context.Context, request remote.Request, doing string) (remote.Answer, error) {
	gone := remote.Answer{Ref: request.Ref}
	response, err := c.get(ctx, request.Mailbox, request.Path+"?$select=id,isOrganizer,attendees", doing)
	if err != nil {
		failed := asRemote(err)
		if itemGone(failed) && !ofItem(failed) {
			return gone, c.mailboxThere(ctx, request.Mailbox, doing)
		}
		if itemGone(failed) {
			return gone, nil
		}
		return remote.Answer{}, err
	}
	var e event
	if err := decode(response.Body, &e); err != nil {
		return remote.Answer{}, unreadable(doing, err)
	}
	if !e.alone() {
		return remote.Answer{}, &remote.Error{Kind: remote.Mailing, Side: record.Outlook, Doing: doing, Text: "the event has attendees by now"}
	}
	if version := e.version(); version != "" && version != request.Header["If-Match"] {
		return remote.Answer{}, &remote.Error{Kind: remote.Conflict, Side: record.Outlook, Doing: doing, Text: "the event was changed"}
	}
	_, err = c.send(ctx, request, doing)
	if err == nil {
		return gone, nil
	}
	failed := asRemote(err)
	if itemGone(failed) {
		return gone, nil
	}
	if failed.Status == http.StatusBadRequest && strings.EqualFold(failed.Code, "ErrorInvalidRequest") {
		// A second DELETE is answered like this (G-89). Only a read that finds nothing proves it.
		if _, readErr := c.get(ctx, request.Mailbox, request.Path+"?$select=id", doing); readErr != nil && itemGone(asRemote(readErr)) {
			return gone, nil
		}
	}
	return remote.Answer{}, err
}
