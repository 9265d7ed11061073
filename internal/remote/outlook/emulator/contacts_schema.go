package emulator

import "strings"

// contactForm says what a write of a contact may hold. Everything else is refused. // G-13
func contactForm(name string) form {
	switch name {
	case "id", "changeKey", "createdDateTime", "lastModifiedDateTime", "parentFolderId", "photo":
		return formReadOnly
	case "emailAddresses", "singleValueExtendedProperties":
		return formObjects
	case "multiValueExtendedProperties", "extensions", "primaryEmailAddress", "secondaryEmailAddress", "tertiaryEmailAddress":
		return formMissing
	case "birthday":
		return formText
	}
	for _, group := range []struct {
		names []string
		form  form
	}{{contactTexts(), formText}, {contactLists(), formTexts}, {contactAddresses(), formObject}} {
		for _, known := range group.names {
			if name == known {
				return group.form
			}
		}
	}
	if strings.Contains(name, "@odata.") {
		return formReadOnly
	}
	return formUnknown
}

// contactTexts are the properties that hold one line, and the notes.
func contactTexts() []string {
	return []string{
		"assistantName", "businessHomePage", "companyName", "department", "displayName", "fileAs", "generation", "givenName", "initials",
		"jobTitle", "manager", "middleName", "mobilePhone", "nickName", "officeLocation", "personalNotes", "profession", "spouseName",
		"surname", "title", "yomiCompanyName", "yomiGivenName", "yomiSurname",
	}
}

func contactLists() []string {
	return []string{"businessPhones", "categories", "children", "homePhones", "imAddresses"}
}

func contactAddresses() []string { return []string{"businessAddress", "homeAddress", "otherAddress"} }

func addressParts() []string {
	return []string{"street", "city", "state", "countryOrRegion", "postalCode"}
}

// nameOfContact tells whether a property can be searched and sorted by.
func nameOfContact(kind itemKind, name string) bool {
	switch kind {
	case kindContact:
		return contactForm(name) == formText && name != "birthday" && name != "personalNotes"
	case kindContactFolder:
		return name == "displayName"
	case kindEvent, kindTask:
	}
	return false
}

// slots is how many entries a list of a contact may have; 0 means any number. // G-102
func slots(name string) int {
	switch name {
	case "emailAddresses":
		return 3
	case "businessPhones", "homePhones":
		return 2
	}
	return 0
}
