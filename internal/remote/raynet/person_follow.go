package raynet

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// retag adds and takes away tags by calls of their own. Either may be made again, and each tells what is shown after it.
func (d *personDraft) retag() {
	value, given := d.write.Fields[record.ContactCategories]
	if !given {
		return
	}
	held := func(list []string, tag string) bool {
		return slices.ContainsFunc(list, func(other string) bool { return sameLine(other, tag) })
	}
	wanted, _ := heldTags(value)
	added := slices.DeleteFunc(slices.Clone(wanted), func(tag string) bool { return held(d.target.Tags, tag) })
	gone := slices.DeleteFunc(slices.Clone(d.target.Tags), func(tag string) bool {
		return held(wanted, tag) || record.IsOwnWord(tag) // that one cannot be named in the call
	})
	now := append(slices.Clone(d.target.Tags), added...)
	tags := func(method string, list []string) {
		if len(list) == 0 {
			return
		}
		d.later(method, "tag/", map[string]any{"tag": strings.Join(list, ",")}, record.Fields{record.ContactCategories: record.Set(now)})
	}
	tags(http.MethodPut, added)
	now = slices.DeleteFunc(now, func(tag string) bool { return slices.Contains(gone, tag) })
	tags(http.MethodDelete, gone)
	if len(added)+len(gone) == 0 {
		d.note(record.ContactCategories, value, record.Set(now))
	}
}

// later adds a request that follows, with what the side will show of the fields that it writes.
func (d *personDraft) later(method, path string, body map[string]any, shows record.Fields) {
	request := d.request(remote.Update, method, typePerson+"/"+idText(d.target.ID)+"/"+path)
	if body != nil {
		request, _ = d.encode(request, body) // texts and numbers
	}
	request.Writes, request.Shows = shows.Sorted(), record.Fields{}
	for name, value := range shows { // any order: each name once
		if value != d.write.Fields[name] {
			request.Shows[name] = value
		}
	}
	if len(request.Shows) == 0 {
		request.Shows = nil
	}
	d.follow = append(d.follow, request)
}

// firstEmployer puts the employer of a create into its body. A job title needs one.
func (d *personDraft) firstEmployer(ctx context.Context) error {
	name, named := d.write.Fields[record.ContactCompany]
	job, titled := d.write.Fields[record.ContactJob]
	found, err := d.companyOf(ctx, name)
	if err != nil {
		return err
	}
	if named {
		d.note(record.ContactCompany, name, record.Line(found.Name))
	}
	if found.ID == 0 {
		if titled {
			d.note(record.ContactJob, job, "")
		}
		return nil
	}
	relation := map[string]any{"company": found.ID, "type": noJob}
	if text := d.line(record.ContactJob, job); text != "" {
		relation["type"] = text
	}
	d.body["relationship"] = relation
	return nil
}

// companyOf finds the company of that name, the zero reference for none or several.
func (d *personDraft) companyOf(ctx context.Context, name record.Value) (reference, error) {
	if name == "" {
		return reference{}, nil
	}
	return d.client.companies.exact(ctx, string(name))
}

// employ changes the employer and the job title. The primary relationship itself is changed: a new one beside it could be made the
// primary one only by a call with an id that is not known before. A relationship is never removed, because it says more than a
// text that somebody emptied.
func (d *personDraft) employ(ctx context.Context) error {
	asked, named := d.write.Fields[record.ContactCompany]
	job, titled := d.write.Fields[record.ContactJob]
	found, err := d.companyOf(ctx, asked)
	if err != nil {
		return err
	}
	primary := d.target.Primary
	if moved := found.ID != 0 && found.ID != primary.employer(); !moved {
		if named {
			d.note(record.ContactCompany, asked, d.shown[record.ContactCompany])
		}
		if !titled {
			return nil
		}
		if found = (reference{ID: primary.employer()}); found.ID == 0 || job == d.shown[record.ContactJob] {
			d.note(record.ContactJob, job, d.shown[record.ContactJob])
			return nil
		}
	}
	if !titled {
		job = d.job()
	}
	relations, err := d.relations(ctx)
	if err != nil {
		return err
	}
	d.relate(relations, found, job)
	return nil
}

// job is the job title of somebody who gets another employer and keeps what he is. One who had none until now may have had a job
// already, where he was written down: RAYNET could not hold it, and now it can.
func (d *personDraft) job() record.Value {
	if d.target.Primary.employer() == 0 && d.write.Source != nil {
		return d.write.Source.Fields[record.ContactJob]
	}
	return d.shown[record.ContactJob]
}

// relate makes the company the primary one, with the job title. One without a name is the employer that there is. A job that RAYNET
// shows already goes with the person as it is, however long a person wrote it there.
func (d *personDraft) relate(relations []relation, company reference, job record.Value) {
	text := string(job)
	if job != d.shown[record.ContactJob] {
		text = record.Truncate(string(record.Line(clean(text))), maxText)
	}
	shows := record.Fields{}
	if shown := record.Line(text); shown != d.shown[record.ContactJob] {
		shows[record.ContactJob] = shown
	} else if _, titled := d.write.Fields[record.ContactJob]; titled {
		shows[record.ContactJob] = shown
	}
	if company.Name != "" {
		shows[record.ContactCompany] = record.Line(company.Name)
	}
	if text == "" {
		text = noJob
	}
	body := map[string]any{"company": company.ID, "type": text}
	if len(relations) == 0 {
		d.later(http.MethodPut, "relationship/", body, shows)
		return
	}
	known := slices.IndexFunc(relations, func(r relation) bool { return r.employer() == company.ID })
	if known >= 0 { // his already, perhaps beside the primary one
		keep := relations[known]
		if keep.Notice != "" {
			body["notice"] = keep.Notice
		}
		if keep.Place != nil {
			body["companyAddress"] = keep.Place.ID
		}
		path := "relationship/" + idText(keep.ID) + "/"
		beside := d.target.Primary == nil || keep.ID != d.target.Primary.ID
		switch {
		case keep.Type == text && !beside: // cut to what it was
			d.note(record.ContactJob, job, shows[record.ContactJob])
		case keep.Type != text && beside:
			d.later(http.MethodPost, path, body, d.shown.Only(shows.Sorted()...))
		case keep.Type != text:
			d.later(http.MethodPost, path, body, shows)
		}
		if beside {
			d.later(http.MethodPost, path+"setPrimary/", nil, shows)
		}
		return
	}
	at := max(0, slices.IndexFunc(relations, func(r relation) bool { return d.target.Primary != nil && r.ID == d.target.Primary.ID }))
	if relations[at].Notice != "" {
		body["notice"] = relations[at].Notice
	}
	d.later(http.MethodPost, "relationship/"+idText(relations[at].ID)+"/", body, shows)
}

// relations are the target's, which list rows do not have: then the detail is read.
func (d *personDraft) relations(ctx context.Context) ([]relation, error) {
	if d.target.Relations != nil {
		return d.target.Relations, nil
	}
	reading := d.client.read(ctx, d.write.Target.Ref, d.client.zone)
	switch detail, ok := reading.Snapshot.Raw.(*person); {
	case reading.Presence == remote.Broken:
		return nil, reading.Err
	case reading.Presence == remote.Gone || !ok:
		return nil, fault(remote.NotFound, "compose a contact person", "the record is gone")
	default:
		return detail.Relations, nil
	}
}
