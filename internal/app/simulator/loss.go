package simulator

import (
	"slices"
	"strings"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
	"raynetsync/internal/record/country"
)

// mayDiffer is the list of what one side cannot hold and so never gets; everything else that both sides show must agree.
func (w *world) mayDiffer(kind record.Kind, field record.Field, raynet, outlook record.Fields) bool {
	here, there := raynet[field], outlook[field]
	switch kind {
	case record.Calendar:
		return false
	case record.Contacts:
		switch {
		case field == record.ContactCompany:
			return !w.isCompany(string(there)) // Outlook takes any text; and no relation is deleted because a text was
		case field == record.ContactJob:
			return raynet[record.ContactCompany] == "" // there is no job without an employer
		case field == record.ContactEmail2 && here == "":
			return true // Outlook's third address moved up
		case slices.Contains(record.Phones(), field):
			return here == "" // RAYNET has two places, Outlook five
		case field == record.ContactCountry:
			return !country.New().IsCode(there) && there != ""
		}
	case record.Tasks:
		switch field {
		case record.TaskDue:
			return there == "" // RAYNET insists on a date
		case record.TaskDone:
			return raynet[record.TaskCancelled] == record.Yes // given up stays given up, whatever Outlook says
		}
	}
	return field == record.ContactCategories && withoutCommas(here) == withoutCommas(there)
}

// withoutCommas is a set of words without those that RAYNET would part in two.
func withoutCommas(set record.Value) record.Value {
	return record.Set(slices.DeleteFunc(record.ParseSet(set), func(word string) bool { return strings.Contains(word, ",") }))
}

// isCompany reports whether a company in RAYNET has that name.
func (w *world) isCompany(name string) bool {
	return slices.ContainsFunc(w.raynet.All("company"), func(c map[string]any) bool { return stage.Text(c["name"]) == name })
}
