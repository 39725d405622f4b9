<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="nb_NO" sourcelanguage="en">
<context>
    <name>AmountPanelWidget</name>
    <message>
        <location filename="../../till/ui/refund_panels.py" line="70"/>
        <source>Amount to give back</source>
        <translation>Beløp som tilbakeføres</translation>
    </message>
</context>
<context>
    <name>BasketPanel</name>
    <message>
        <location filename="../../till/ui/basket_panel.py" line="45"/>
        <source>Qty</source>
        <extracomment>A quantity has no more digits than this: anything longer is a code that landed in the field.</extracomment>
        <translation>Antall</translation>
    </message>
    <message>
        <location filename="../../till/ui/basket_panel.py" line="45"/>
        <source>Article</source>
        <translation>Vare</translation>
    </message>
    <message>
        <location filename="../../till/ui/basket_panel.py" line="45"/>
        <source>Price</source>
        <translation>Pris</translation>
    </message>
    <message>
        <location filename="../../till/ui/basket_panel.py" line="45"/>
        <source>Sum</source>
        <translation>Sum</translation>
    </message>
    <message>
        <location filename="../../till/ui/basket_panel.py" line="47"/>
        <source>Basket</source>
        <translation>Kurv</translation>
    </message>
    <message>
        <location filename="../../till/ui/basket_panel.py" line="60"/>
        <source>To pay</source>
        <translation>Å betale</translation>
    </message>
</context>
<context>
    <name>DayEdit</name>
    <message>
        <location filename="../../till/ui/owner/fields.py" line="122"/>
        <source>The day before</source>
        <extracomment>The longest that any field may be sent is the address of a webhook, 2048.</extracomment>
        <translation>Dagen før</translation>
    </message>
    <message>
        <location filename="../../till/ui/owner/fields.py" line="124"/>
        <source>The day after</source>
        <translation>Dagen etter</translation>
    </message>
</context>
<context>
    <name>FindPaidPanelWidget</name>
    <message>
        <location filename="../../till/ui/refund_panels.py" line="21"/>
        <source>Receipt number</source>
        <translation>Kvitteringsnummer</translation>
    </message>
    <message>
        <location filename="../../till/ui/refund_panels.py" line="31"/>
        <source>Store</source>
        <translation>Butikk</translation>
    </message>
</context>
<context>
    <name>KeypadPanel</name>
    <message>
        <location filename="../../till/ui/keypad_panels.py" line="107"/>
        <source>Delete digit</source>
        <extracomment>Digits after the country code; the wallet takes 9 to 15 in all (ePayment, `customer.phoneNumber`).</extracomment>
        <translation>Slett siffer</translation>
    </message>
</context>
<context>
    <name>LineStrip</name>
    <message>
        <location filename="../../till/ui/basket_panel.py" line="148"/>
        <source>One less</source>
        <translation>Én mindre</translation>
    </message>
    <message>
        <location filename="../../till/ui/basket_panel.py" line="149"/>
        <source>One more</source>
        <translation>Én til</translation>
    </message>
    <message>
        <location filename="../../till/ui/basket_panel.py" line="159"/>
        <source>Quantity</source>
        <translation>Antall</translation>
    </message>
    <message>
        <location filename="../../till/ui/basket_panel.py" line="176"/>
        <source>Void line</source>
        <translation>Slett linje</translation>
    </message>
</context>
<context>
    <name>NumberKeypad</name>
    <message>
        <location filename="../../till/ui/keypad_panels.py" line="140"/>
        <source>Country code</source>
        <translation>Landskode</translation>
    </message>
    <message>
        <location filename="../../till/ui/keypad_panels.py" line="142"/>
        <source>Mobile number</source>
        <translation>Mobilnummer</translation>
    </message>
</context>
<context>
    <name>OwnerPagesWidget</name>
    <message>
        <location filename="../../till/ui/owner/pages.py" line="125"/>
        <source>Folder</source>
        <translation>Mappe</translation>
    </message>
    <message>
        <location filename="../../till/ui/owner/pages.py" line="126"/>
        <source>File name</source>
        <translation>Filnavn</translation>
    </message>
    <message>
        <location filename="../../till/ui/owner/pages.py" line="127"/>
        <source>Kind of file</source>
        <translation>Filtype</translation>
    </message>
    <message>
        <location filename="../../till/ui/owner/pages.py" line="128"/>
        <source>Save</source>
        <translation>Lagre</translation>
    </message>
    <message>
        <location filename="../../till/ui/owner/pages.py" line="128"/>
        <source>Choose</source>
        <translation>Velg</translation>
    </message>
    <message>
        <location filename="../../till/ui/owner/pages.py" line="129"/>
        <source>Cancel</source>
        <translation>Avbryt</translation>
    </message>
</context>
<context>
    <name>SearchPanelWidget</name>
    <message>
        <location filename="../../till/ui/search_panel.py" line="20"/>
        <source>What to look for</source>
        <translation>Hva som søkes</translation>
    </message>
</context>
<context>
    <name>SellingPanelWidget</name>
    <message>
        <location filename="../../till/ui/selling_panel.py" line="38"/>
        <source>Search article, PLU or barcode    F3</source>
        <translation>Søk vare, PLU eller strekkode    F3</translation>
    </message>
    <message>
        <location filename="../../till/ui/selling_panel.py" line="39"/>
        <source>Search articles</source>
        <translation>Søk etter varer</translation>
    </message>
</context>
<context>
    <name>ShownPanelWidget</name>
    <message>
        <location filename="../../till/ui/request_panel.py" line="54"/>
        <source>Address of the button</source>
        <extracomment>A button of the app leads to an address on the web, and to nothing else (Order Management, `orderDetailsUrl`).</extracomment>
        <translation>Adressen til knappen</translation>
    </message>
</context>
<context>
    <name>WeighingPanelWidget</name>
    <message>
        <location filename="../../till/ui/keypad_panels.py" line="192"/>
        <source>Weight in grams</source>
        <translation>Vekt i gram</translation>
    </message>
    <message>
        <location filename="../../till/ui/keypad_panels.py" line="195"/>
        <source>grams</source>
        <translation>gram</translation>
    </message>
</context>
</TS>
