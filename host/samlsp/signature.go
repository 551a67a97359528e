// Signatures: what is signed is what is read.

package samlsp

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"
)

// errUnsigned is that an element has no signature of its own.
var errUnsigned = errors.New("it is not signed")

// signed returns the element that el's own signature covers, made anew from the
// canonical bytes whose digest was signed by one of keys: nothing that the
// signature does not cover can be read from it. It is errUnsigned when el has no
// Signature among its children; one anywhere else is not looked for.
//
// See SAML 2.0 Core, section 5.4, and XML Signature, section 3.2.
func signed(el *etree.Element, keys []crypto.PublicKey, l limits) (*etree.Element, error) {
	signature, err := child(el, nsSignature, "Signature")
	if err != nil {
		return nil, err
	}
	if signature == nil {
		return nil, errUnsigned
	}
	info, value, err := shape(signature)
	if err != nil {
		return nil, err
	}
	reference, canonicalInfo, err := signedInfo(info)
	if err != nil {
		return nil, err
	}
	m, err := methodOf(info)
	if err != nil {
		return nil, err
	}
	content, err := covered(el, signature, reference)
	if err != nil {
		return nil, err
	}
	if err := m.verify(canonicalInfo, value, keys); err != nil {
		return nil, err
	}
	return parse(content, l)
}

// shape holds a Signature to one SignedInfo, one SignatureValue, and at most
// one KeyInfo, which is not read: the keys are those of the metadata.
func shape(signature *etree.Element) (info *etree.Element, value []byte, err error) {
	if info, err = required(signature, nsSignature, "SignedInfo"); err != nil {
		return nil, nil, err
	}
	holder, err := required(signature, nsSignature, "SignatureValue")
	if err != nil {
		return nil, nil, err
	}
	if _, err := child(signature, nsSignature, "KeyInfo"); err != nil {
		return nil, nil, err
	}
	if len(signature.ChildElements()) > 3 || len(children(signature, nsSignature, "Object")) > 0 {
		return nil, nil, errors.New("the signature holds more than SAML allows")
	}
	value, err = bytesOf(holder)
	return info, value, err
}

// signedInfo checks what a signature is over, and returns its reference and the
// canonical bytes that the signature's value is of.
func signedInfo(info *etree.Element) (reference *etree.Element, canonical []byte, err error) {
	if reference, err = required(info, nsSignature, "Reference"); err != nil {
		return nil, nil, err
	}
	how, err := required(info, nsSignature, "CanonicalizationMethod")
	if err != nil {
		return nil, nil, err
	}
	c, err := canonicalizer(how)
	if err != nil {
		return nil, nil, err
	}
	detached, err := detach(info)
	if err != nil {
		return nil, nil, err
	}
	canonical, err = c.Canonicalize(detached)
	return reference, canonical, err
}

// covered is the canonical form of el without its signature, when its digest is
// the one of reference.
func covered(el, signature, reference *etree.Element) ([]byte, error) {
	id := value(el, "ID")
	if id == "" || value(reference, "URI") != "#"+id {
		return nil, errors.New("the signature is not over the element that holds it")
	}
	c, err := transforms(reference)
	if err != nil {
		return nil, err
	}
	at := signature.Index()
	copied, err := detach(el)
	if err != nil {
		return nil, err
	}
	copied.RemoveChildAt(at) // the enveloped-signature transform
	content, err := c.Canonicalize(copied)
	if err != nil {
		return nil, err
	}
	hash, want, err := digestOf(reference)
	if err != nil {
		return nil, err
	}
	h := hash.New()
	h.Write(content)
	if !bytes.Equal(h.Sum(nil), want) {
		return nil, errors.New("the digest is not that of the content: it was changed after it was signed")
	}
	return content, nil
}

// transforms must be the enveloped signature and then an exclusive
// canonicalisation, which SAML 2.0 Core, section 5.4.4, limits them to.
func transforms(reference *etree.Element) (dsig.Canonicalizer, error) {
	holder, err := required(reference, nsSignature, "Transforms")
	if err != nil {
		return nil, err
	}
	list := children(holder, nsSignature, "Transform")
	if len(list) != 2 || len(holder.ChildElements()) != 2 ||
		value(list[0], "Algorithm") != string(dsig.EnvelopedSignatureAltorithmId) {
		return nil, errors.New("the signature's transforms are not the enveloped signature and then an exclusive canonicalization")
	}
	return canonicalizer(list[1])
}

// canonicalizer is the exclusive canonicalisation that how asks for.
func canonicalizer(how *etree.Element) (dsig.Canonicalizer, error) {
	inclusive, err := child(how, nsExclusive, "InclusiveNamespaces")
	if err != nil {
		return nil, err
	}
	prefixes := ""
	if inclusive != nil {
		prefixes = value(inclusive, "PrefixList")
	}
	switch dsig.AlgorithmID(value(how, "Algorithm")) {
	case dsig.CanonicalXML10ExclusiveAlgorithmId:
		return dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList(prefixes), nil
	case dsig.CanonicalXML10ExclusiveWithCommentsAlgorithmId:
		return dsig.MakeC14N10ExclusiveWithCommentsCanonicalizerWithPrefixList(prefixes), nil
	}
	return nil, errors.New("the canonicalization is not an exclusive one")
}

// detach copies el with the namespaces that are in scope where it stands.
func detach(el *etree.Element) (*etree.Element, error) {
	around, err := etreeutils.NSBuildParentContext(el)
	if err != nil {
		return nil, err
	}
	return etreeutils.NSDetatch(around, el)
}

// bytesOf decodes the base64 text of an element, in which white space is free.
func bytesOf(el *etree.Element) ([]byte, error) {
	encoded, err := text(el)
	if err != nil {
		return nil, err
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(encoded), ""))
	if err != nil {
		return nil, fmt.Errorf("the %s is not base64", el.Tag)
	}
	return raw, nil
}
