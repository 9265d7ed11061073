package emulator

import (
	"net/http"
	"slices"
	"strings"
)

// form is the shape that a property must have in a write.
type form int

const (
	formUnknown  form = iota
	formReadOnly      // accepted and ignored // G-13
	formText
	formBool
	formNumber
	formEnum
	formTexts
	formObject
	formObjects
	formMissing // real, and not in the emulator
)

// entity is the name of a kind's type in the service's metadata.
func (k itemKind) entity() string {
	if k == kindTask {
		return "todoTask"
	}
	return string(k)
}

// form says what a write of a kind may hold.
func (k itemKind) form(name string) form {
	switch k {
	case kindContact:
		return contactForm(name)
	case kindContactFolder:
		return contactFolderForm(name)
	case kindEvent, kindTask:
	}
	return eventForm(name)
}

// eventForm says what a write may hold. Everything else is refused. // G-13
func eventForm(name string) form {
	switch name {
	case "id", "changeKey", "createdDateTime", "lastModifiedDateTime", "bodyPreview", "originalStart", "originalStartTimeZone",
		"originalEndTimeZone", "isCancelled", "isDraft", "isOrganizer", "hasAttachments", "type", "seriesMasterId", "iCalUId",
		"webLink", "responseStatus", "organizer", "onlineMeeting", "onlineMeetingUrl", "cancelledOccurrences", "instances",
		"exceptionOccurrences", "calendar":
		return formReadOnly
	case "subject", "transactionId":
		return formText
	case "isAllDay", "hideAttendees", "allowNewTimeProposals", "responseRequested", "isReminderOn", "isOnlineMeeting":
		return formBool
	case "reminderMinutesBeforeStart":
		return formNumber
	case "showAs", "sensitivity", "importance", "onlineMeetingProvider":
		return formEnum
	case "categories":
		return formTexts
	case "start", "end", "body", "location", "recurrence":
		return formObject
	case "locations", "attendees", "singleValueExtendedProperties":
		return formObjects
	case "multiValueExtendedProperties", "extensions", "attachments":
		return formMissing
	}
	if strings.Contains(name, "@odata.") {
		return formReadOnly
	}
	return formUnknown
}

// enumValues are the values of the properties of formEnum, as answers spell them. // G-24
func enumValues(name string) []string {
	switch name {
	case "showAs":
		return []string{"free", "tentative", "busy", "oof", "workingElsewhere", "unknown"}
	case "sensitivity":
		return []string{"normal", "personal", "private", "confidential"}
	case "importance":
		return []string{"low", "normal", "high"}
	case "onlineMeetingProvider":
		return []string{"unknown", "skypeForBusiness", "skypeForConsumer", "teamsForBusiness"}
	}
	return nil
}

// checkShape refuses unknown properties, values of a wrong JSON type and unknown enum values.
func checkShape(of itemKind, patch map[string]any) *answer {
	for _, name := range sortedKeys(patch) {
		value, kind := patch[name], of.form(name)
		if kind == formUnknown {
			return unknownProperty(of.entity(), name)
		}
		if kind == formMissing {
			return missing(name)
		}
		if value == nil || kind == formReadOnly || fits(kind, name, value) {
			continue
		}
		if kind == formEnum {
			a := problem(http.StatusBadRequest, "RequestBodyRead", "Requested value '%s' was not found.", text(value))
			return &a
		}
		a := problem(http.StatusBadRequest, "UnableToDeserializePostBody", "were unable to deserialize: property '%s' has a value of a wrong type.", name)
		return &a
	}
	return nil
}

func unknownProperty(entity, name string) *answer {
	a := problem(http.StatusBadRequest, "RequestBodyRead",
		"The property '%s' does not exist on type 'microsoft.graph.%s'. Make sure to only use property names that are defined by the type.", name, entity)
	return &a
}

func fits(kind form, name string, value any) bool {
	switch kind {
	case formText:
		_, ok := value.(string)
		return ok
	case formBool:
		_, ok := value.(bool)
		return ok
	case formNumber:
		n, ok := value.(float64)
		if _, whole := value.(int); whole {
			return true
		}
		return ok && n == float64(int32(n))
	case formEnum:
		return canonical(text(value), enumValues(name)) != ""
	case formObject:
		return object(value) != nil
	case formTexts:
		return list(value) != nil && !slices.ContainsFunc(list(value), func(v any) bool { _, ok := v.(string); return !ok })
	case formObjects:
		return list(value) != nil && !slices.ContainsFunc(list(value), func(v any) bool { return object(v) == nil })
	}
	return false
}

// refused is the answer to a value that the store doesn't take.
func refused(format string, args ...any) *answer {
	a := problem(http.StatusBadRequest, "ErrorPropertyValidationFailure", format, args...)
	return &a
}

// missing fails loudly where the service would do something that the emulator doesn't.
func missing(name string) *answer {
	a := problem(http.StatusNotImplemented, "NotImplemented", "The emulator has no '%s'.", name)
	return &a
}
