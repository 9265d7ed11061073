package emulator

import "maps"

// contact shows a contact. What is empty is null where an application made the contact and "" where Outlook did; empty
// lists are [] and empty addresses {} for both. // G-103
func (v *view) contact(it *item) map[string]any {
	out := map[string]any{
		"@odata.etag": etag(v.mb, it.version), "id": v.id(it), "changeKey": changeKey(v.mb, it.version),
		"createdDateTime": it.created.UTC().Format(timeFormat), "lastModifiedDateTime": it.modified.UTC().Format(timeFormat),
		"parentFolderId": it.folder.id, "birthday": nil, "emailAddresses": []any{},
	}
	for _, name := range contactTexts() {
		out[name] = nil
		if it.byHand {
			out[name] = ""
		}
	}
	for _, name := range contactLists() {
		out[name] = []any{}
	}
	for _, name := range contactAddresses() {
		out[name] = map[string]any{}
	}
	maps.Copy(out, it.props)
	if !v.whole {
		v.s.oddContact(out, it)
	}
	return v.choose(out, it)
}

// oddContact shows some contacts with what strict readers choke on, in properties that carry no meaning. // G-63
func (s *Server) oddContact(out map[string]any, it *item) {
	if !s.faults["odd-data"] {
		return
	}
	switch digest(s.opts.Seed, "odd", it.id)[0] % 5 {
	case 0:
		out["yomiGivenName"] = "\u0001\u0007\U0001f389"
		out["x.laterProperty"] = map[string]any{"nested": []any{1, nil}}
	case 1:
		out["yomiSurname"] = loneSurrogate
	case 2:
		out["createdDateTime"] = zeroTime
	}
}
