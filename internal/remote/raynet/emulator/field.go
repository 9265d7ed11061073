package emulator

import "slices"

// fieldType is how a value is read and shown.
type fieldType int

const (
	typeText fieldType = iota
	typeHTML
	typeEnum
	typeMoment
	typeDate
	typeBool
	typeNumber
	typeRef    // id in, object out
	typeObject // nested object with fixed keys
	typeFree   // nested object with free keys
)

// field is one key of an entity.
type field struct {
	key      string
	typ      fieldType
	create   bool // the API takes it on PUT
	update   bool // the API takes it on POST
	required bool // the API insists on it on PUT
	enum     []string
	target   kind     // of typeRef; empty for code lists and documents that the emulator has no records of
	shape    refShape // of typeRef
	keys     []string // of typeObject
}

// refShape is the object that a reference is shown as.
type refShape int

const (
	shapeName     refShape = iota // {id,name}
	shapeFullName                 // {id,fullName}
	shapeValue                    // {id,value}
	shapeTitle                    // {id,title}
	shapeCode                     // {id,code,name}
	shapeLead                     // {id,code,topic}
)

const (
	statusNew       = "NEW"
	statusScheduled = "SCHEDULED"
	statusCompleted = "COMPLETED"
	statusCancelled = "CANCELLED"
)

// Enums of activities.
func statuses() []string {
	return []string{statusNew, statusScheduled, statusCompleted, statusCancelled}
}

func priorities() []string { return []string{"MINOR", "DEFAULT", "CRITICAL"} }

func contactKeys() []string {
	return []string{
		"email", "email2", "tel1", "tel1Type", "tel2", "tel2Type", "fax", "www", "otherContact", "doNotSendMM",
	}
}

func placeKeys() []string { return []string{"street", "city", "province", "zipCode", "country"} }

func socialKeys() []string {
	return []string{"facebook", "googleplus", "twitter", "linkedin", "pinterest", "instagram", "skype", "youtube"}
}

// fieldsOf lists the keys of an entity in the order in which a write applies them; what has rules of its own (owner,
// status, completed, participants, tags, external ids, relationships, addresses) is handled in write.go and beside it.
func fieldsOf(k kind) []field {
	switch {
	case k.isActivity():
		return activityFields(k)
	case k == kindPerson:
		return personFields()
	case k == kindCompany:
		return companyFields()
	case k == kindSecurityLevel:
		return []field{{key: "name", typ: typeText, create: true, update: true, required: true}}
	case k == kindActivityCategory:
		return []field{
			{key: "code01", typ: typeText, create: true, update: true, required: true},
			{key: "code02", typ: typeText, create: true, update: true},
		}
	case k == kindTelType:
		return []field{{key: "code01", typ: typeText, create: true, update: true, required: true}}
	default:
		return nil
	}
}

func activityFields(k kind) []field {
	out := []field{
		{key: "title", typ: typeText, create: true, update: true, required: true},
		{key: "priority", typ: typeEnum, create: true, update: true, enum: priorities()},
		{key: "category", typ: typeRef, create: true, update: true, target: kindActivityCategory, shape: shapeValue},
		{key: "company", typ: typeRef, create: true, update: true, target: kindCompany, shape: shapeName},
		{key: "lead", typ: typeRef, create: true, shape: shapeLead},
		{key: "businessCase", typ: typeRef, create: true, update: true, shape: shapeCode},
		{key: "offer", typ: typeRef, create: true, update: true, shape: shapeCode},
		{key: "salesOrder", typ: typeRef, create: true, update: true, shape: shapeCode},
		{key: "project", typ: typeRef, create: true, update: true, shape: shapeCode},
		{key: "activity", typ: typeRef, create: true, update: true, shape: shapeTitle},
		{key: "securityLevel", typ: typeRef, create: true, update: true, target: kindSecurityLevel, shape: shapeName},
		{key: "scheduledFrom", typ: typeMoment, create: true, update: true},
		{key: "scheduledTill", typ: typeMoment, create: true, update: true},
		{key: "description", typ: typeHTML, create: true, update: true},
		{key: "customFields", typ: typeFree, update: true},
		{
			key: "recurrence", typ: typeObject,
			keys: []string{"id", "count", "endDate", "interval", "recurrenceDay", "startDate"},
		},
	}
	if k != kindEvent {
		out = append(out, field{key: "solution", typ: typeHTML, create: true, update: true})
	}
	if k == kindMeeting || k == kindEvent {
		out = append(out, field{key: "meetingPlace", typ: typeText, update: true})
	}
	if k == kindTask {
		out = append(out,
			field{key: "deadline", typ: typeMoment, create: true, update: true, required: true},
			field{key: "person", typ: typeRef, create: true, update: true, target: kindPerson, shape: shapeFullName})
	}
	return out
}

func both(typ fieldType, keys ...string) []field {
	out := make([]field, 0, len(keys))
	for _, key := range keys {
		out = append(out, field{key: key, typ: typ, create: true, update: true})
	}
	return out
}

func codes(keys ...string) []field {
	out := both(typeRef, keys...)
	for i := range out {
		out[i].shape = shapeValue
	}
	return out
}

func personFields() []field {
	return slices.Concat(
		[]field{{key: "lastName", typ: typeText, create: true, update: true, required: true}},
		both(typeText, "titleBefore", "firstName", "titleAfter", "salutation"),
		both(typeHTML, "notice"),
		both(typeDate, "birthday"),
		both(typeBool, "keyman"),
		codes("category", "personClassification1", "personClassification2", "personClassification3", "language",
			"maritalStatus"),
		[]field{
			{key: "gender", typ: typeEnum, create: true, update: true, enum: []string{"MALE", "FEMALE"}},
			{key: "owner", typ: typeRef, create: true, update: true, target: kindPerson, shape: shapeFullName},
			{
				key: "securityLevel", typ: typeRef, create: true, update: true, target: kindSecurityLevel,
				shape: shapeName,
			},
			{key: "originLead", typ: typeRef, create: true, update: true, shape: shapeLead},
			{key: "contactInfo", typ: typeObject, create: true, update: true, keys: contactKeys()},
			{key: "privateAddress", typ: typeObject, create: true, update: true, keys: placeKeys()},
			{key: "socialNetworkContact", typ: typeObject, create: true, update: true, keys: socialKeys()},
			{key: "customFields", typ: typeFree, update: true},
		})
}

func companyFields() []field {
	return slices.Concat(
		[]field{
			{key: "name", typ: typeText, create: true, update: true, required: true},
			{key: "rating", typ: typeEnum, create: true, update: true, required: true, enum: []string{"A", "B", "C"}},
			{
				key: "state", typ: typeEnum, create: true, update: true, required: true,
				enum: []string{"A_POTENTIAL", "B_ACTUAL", "C_DEFERRED", "D_UNATTRACTIVE"},
			},
			{
				key: "role", typ: typeEnum, create: true, update: true, required: true,
				enum: []string{"A_SUBSCRIBER", "B_PARTNER", "C_SUPPLIER", "D_RIVAL"},
			},
		},
		both(typeText, "firstName", "lastName", "titleBefore", "titleAfter", "salutation", "regNumber", "taxNumber",
			"taxNumber2", "bankAccount", "databox", "court"),
		both(typeHTML, "notice"),
		both(typeDate, "birthday"),
		both(typeBool, "person"),
		codes("category", "contactSource", "employeesNumber", "legalForm", "paymentTerm", "turnover",
			"economyActivity", "companyClassification1", "companyClassification2", "companyClassification3"),
		[]field{
			{key: "taxPayer", typ: typeEnum, create: true, update: true, enum: []string{"YES", "NO"}},
			{key: "owner", typ: typeRef, create: true, update: true, target: kindPerson, shape: shapeFullName},
			{
				key: "securityLevel", typ: typeRef, create: true, update: true, target: kindSecurityLevel,
				shape: shapeName,
			},
			{key: "originLead", typ: typeRef, create: true, update: true, shape: shapeLead},
			{key: "socialNetworkContact", typ: typeObject, create: true, update: true, keys: socialKeys()},
			{key: "customFields", typ: typeFree, create: true, update: true},
		})
}
