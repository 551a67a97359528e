// Subject: the name that the assertion is about, and the person that it stands
// for.

package samlsp

import (
	"errors"
	"fmt"
	"strings"

	"github.com/beevik/etree"
)

const maxName = 1024 // bytes of a NameID, a qualifier or a SessionIndex

// nameID is a NameID as received (SAML 2.0 Core, section 2.2.3).
type nameID struct {
	value, format                  string
	nameQualifier, spNameQualifier string
}

// readSubject reads the NameID, if there is one. Its text is the whole text,
// with whatever stands behind a comment.
func readSubject(subject *etree.Element) (nameID, error) {
	for _, tag := range []string{"BaseID", "EncryptedID"} {
		if len(children(subject, nsAssertion, tag)) > 0 {
			return nameID{}, fmt.Errorf("the subject is named by a %s: encrypt the assertion instead", tag)
		}
	}
	e, err := child(subject, nsAssertion, "NameID")
	if err != nil || e == nil {
		return nameID{}, err
	}
	return readNameID(e)
}

func readNameID(e *etree.Element) (n nameID, err error) {
	n = nameID{format: value(e, "Format"), nameQualifier: value(e, "NameQualifier"), spNameQualifier: value(e, "SPNameQualifier")}
	if n.value, err = text(e); err != nil {
		return nameID{}, err
	}
	if n.value == "" {
		return nameID{}, errors.New("the NameID is empty")
	}
	for _, s := range []string{n.value, n.format, n.nameQualifier, n.spNameQualifier} {
		if len(s) > maxName {
			return nameID{}, fmt.Errorf("the NameID is longer than %d bytes", maxName)
		}
	}
	return n, nil
}

// subject is the name as one text. Qualifiers belong to it (SAML 2.0 Core,
// section 8.3.7), but for those that say what holds without them: this provider
// and this host.
func (n nameID) subject(idp, sp string) string {
	nq, spnq := n.nameQualifier, n.spNameQualifier
	if nq == idp {
		nq = ""
	}
	if spnq == sp {
		spnq = ""
	}
	if nq == "" && spnq == "" {
		return n.value
	}
	return strings.Join([]string{nq, spnq, n.value}, "!")
}

// person is who signed in: the one value of the configured attribute, or the
// NameID.
func (p *Provider) person(idp *metadata, s said) (string, error) {
	if p.cfg.SubjectAttribute == "" {
		switch {
		case s.nameID.value == "":
			return "", errors.New("the assertion has no NameID: let the provider send one, or name the person's attribute with subject_attribute")
		case s.nameID.format == formatTransient && p.cfg.NameIDFormat != "transient":
			return "", errors.New("the NameID is transient, so nobody could be known again: let the provider send another one, write subject_attribute, or write name_id_format: transient")
		}
		return s.nameID.subject(idp.entityID, p.cfg.EntityID), nil
	}
	values := s.attributes[p.cfg.SubjectAttribute]
	if len(values) != 1 {
		return "", fmt.Errorf("the attribute of subject_attribute has %d values, and must have one", len(values))
	}
	name, is := values[0].(string)
	if !is || name == "" || len(name) > maxName {
		return "", fmt.Errorf("the value of subject_attribute is empty, or longer than %d bytes", maxName)
	}
	return name, nil
}
