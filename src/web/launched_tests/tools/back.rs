//! The page that tools lead back to.

use super::*;

#[tokio::test]
async fn the_page_that_tools_lead_back_to_says_what_they_say() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let (tool, _) = tool_of(&running, added(&ada, &[("title", "Reader & more")]).await);
    let said = "lti_msg=Chapter+2+is+%3Cb%3Edone%3C/b%3E&lti_errormsg=But+not+3&lti_log=inner\
                &lti_errorlog=worse";
    let page = get(&running, &format!("/tools/{tool}/return?{said}"), &[]).await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    assert!(
        text.contains("Chapter 2 is &lt;b&gt;done&lt;/b&gt;"),
        "{text}"
    );
    assert!(text.contains("But not 3") && text.contains("Reader &amp; more says"));
    assert!(!text.contains("inner") && !text.contains("worse"), "{text}");
    let long = "a".repeat(10_000);
    let page = get(
        &running,
        &format!("/tools/{tool}/return?lti_msg={long}"),
        &[],
    )
    .await;
    assert!(page.text().contains(&long[..500]) && !page.text().contains(&long[..501]));
}

#[tokio::test]
async fn the_page_that_tools_lead_back_to_knows_nobody() {
    let running = running(&[]).await;
    for tool in ["0000000000000001", "x"] {
        let path = format!("/tools/{tool}/return?lti_msg=made+up");
        let page = get(&running, &path, &[]).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text().contains("made up"), "there is no such tool");
    }
}
